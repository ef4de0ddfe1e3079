#pragma once

#include <memory>

#include "v4v/link.hpp"

namespace v4v {

/// A link to the Xen that this program runs on, whose domain it is then. Xen has V4V compiled in
/// and enabled (boot option `v4v`). The domain is an HVM or PVH guest of x86-64 Linux, which has
/// - the modules xen-privcmd and xen-evtchn; privcmd not restricted, where the kernel knows that
///   (`modprobe xen-privcmd unrestricted=1`, or xen_privcmd.unrestricted=1 at boot);
/// - huge pages of 2 MiB, in which all rings lie, for those neither move nor are swapped
///   (`echo 16 > /proc/sys/vm/nr_hugepages`), and a hugetlbfs (`mount -t hugetlbfs none
///   /dev/hugepages`);
/// - this program run as root: for the devices, and to learn where its memory is (CAP_SYS_ADMIN).
///
/// One program of a guest has such a link, and one at a time. When it ends, however it does, Xen
/// takes its rings away at once and tells its peers; a program that is killed leaves the file
/// v4v-rings in the hugetlbfs, for the next one. A child of fork(2) has no hypercalls; if it lives
/// on without exec(2) after the program was killed, the domain stays occupied, until it ends too.
///
/// Memory of rings is not given back before the link ends, and messages that are kept are copied
/// out of them: huge pages have no private mappings.
///
/// Throws std::system_error, whose text says what is missing and what to do next, and
/// std::bad_alloc.
[[nodiscard]] std::unique_ptr<link> xen_link();

}  // namespace v4v
