"""What instruction_figures makes of counts: passed, failed or not compared, and why."""

import contextlib
import io
import os
import tempfile
import unittest

import callgrind
import instruction_figures as figures

VERSIONS = {"compiler": "GNU 12.2.0", "libc": "2.36"}
COUNTED = {"send": {("v4v::hv", "v4v::hv::ring::write"): 600.0, ("libc", "memcpy"): 400.0}}


class Comparing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        os.makedirs(f"{self.root}/bench/instructions")
        with contextlib.redirect_stdout(io.StringIO()):
            figures.update(self.root, VERSIONS, COUNTED, everything=True)

    def compare(self, counted, versions=None):
        """The status, and what was said."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = figures.compare(self.root, versions or VERSIONS, counted, {"send": 1}, "", everything=True)
        return status, said.getvalue()

    def with_memcpy(self, count):
        return {"send": COUNTED["send"] | {("libc", "memcpy"): count}}

    def test_the_same_counts_pass(self):
        self.assertEqual(self.compare(COUNTED)[0], 0)

    def test_what_is_tolerated_passes(self):
        self.assertEqual(self.compare(self.with_memcpy(419.0))[0], 0)

    def test_more_than_that_fails(self):
        self.assertEqual(self.compare(self.with_memcpy(421.0))[0], 1)

    def test_a_failure_names_the_workload_the_layer_and_the_function(self):
        self.assertRegex(self.compare(self.with_memcpy(450.0))[1],
                         r"(?s)send takes 5\.0 % more.*\+50  libc \(400 -> 450\).*\+50  libc: memcpy \(400 -> 450\)")

    def test_a_failure_names_a_function_that_is_new(self):
        counted = {"send": COUNTED["send"] | {("asio", "asio::post"): 90.0}}
        self.assertRegex(self.compare(counted)[1], r"\+90  asio: asio::post \(0 -> 90\)")

    def test_an_improvement_passes(self):
        self.assertEqual(self.compare(self.with_memcpy(300.0))[0], 0)

    def test_an_improvement_is_said(self):
        self.assertRegex(self.compare(self.with_memcpy(300.0))[1], "BETTER .*: send.\nHold on to it: .*--update")

    def test_other_versions_are_not_compared(self):
        self.assertEqual(self.compare(self.with_memcpy(800.0), VERSIONS | {"libc": "2.41"})[0], figures.SKIPPED)

    def test_other_versions_are_named(self):
        self.assertIn("libc: 2.36, here 2.41", self.compare(COUNTED, VERSIONS | {"libc": "2.41"})[1])

    def test_versions_that_nobody_knows_are_not_compared(self):
        self.assertEqual(self.compare(COUNTED, VERSIONS | {"libc": "unknown"})[0], figures.SKIPPED)

    def test_a_workload_without_a_figure_fails(self):
        self.assertEqual(self.compare(COUNTED | {"new": COUNTED["send"]})[0], 1)

    def test_a_figure_without_a_workload_fails(self):
        self.assertEqual(self.compare({})[0], 1)

    def test_an_update_of_some_keeps_the_others(self):
        with contextlib.redirect_stdout(io.StringIO()):
            figures.update(self.root, VERSIONS, {"new": COUNTED["send"]}, everything=False)
        self.assertEqual(sorted(figures.committed(self.root)["workloads"]), ["new", "send"])

    def test_an_update_of_some_under_other_versions_is_refused(self):
        with self.assertRaisesRegex(figures.Refused, "update all of them"):
            figures.update(self.root, VERSIONS | {"libc": "2.41"}, COUNTED, everything=False)

    def test_no_committed_figures_are_an_error(self):
        os.remove(figures.path_of(self.root))
        with self.assertRaisesRegex(figures.Refused, "there is no .*expected.json"):
            self.compare(COUNTED)


class Names(unittest.TestCase):
    def test_names_are_without_arguments_and_results(self):
        for long, wanted in (
                ("void asio::post<asio::io_context, f<int> >(asio::io_context&, f<int>&&)", "asio::post"),
                ("v4v::hv::ring::write(v4v::hv::port&) const", "v4v::hv::ring::write"),
                ("kj::(anonymous namespace)::pump(int)::{lambda(int)#1}::operator()(int) const'2",
                 "kj::{anonymous}::pump::{lambda#1}::operator()"),
                ("operator new(unsigned long)", "operator new"),
                ("bool std::operator<=> <char>(char, char)", "std::operator<=>"),
                ("0x0000000000045eb0", "0x0000000000045eb0")):
            with self.subTest(long):
                self.assertEqual(callgrind.short(long), wanted)

    def test_layers_do_not_depend_on_where_the_checkout_is(self):
        for folder in ("/hv/src/", "/include/asio/", "/home/rpc/src/", "/x/include/kj/", "../../"):
            with self.subTest(folder):
                self.assertEqual(callgrind.layer_of("/x/v4v-instructions", folder + "transport/src/guest_core.cpp", "f"),
                                 "v4v::transport")


if __name__ == "__main__":
    unittest.main()
