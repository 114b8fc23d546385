"""The choice of settings, and the refusal of a peer that is set badly, with sides that are made up.

    python3 -m unittest discover -s benchmarks/driver
"""

import os
import unittest

import build
import compare
import publish
import rates

AVX512 = ("avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl")


class Side:
    """Answers products with rates by core type."""

    def __init__(self, name, speeds, wrong=(), broken=(), caches=None):
        self.name, self.speeds, self.wrong, self.broken = name, speeds, wrong, broken
        self.caches = caches or {}
        self.settings = {}

    def run(self, arguments, threads, settings=None):
        core = settings.get("OPENBLAS_CORETYPE")
        if core in self.broken:
            raise build.Failure("process ended with code -4", 1)
        speed = self.speeds[core] * self.caches.get(settings.get("OPENBLAS_L2_SIZE"), 1)
        error = 0.5 if core in self.wrong else 1e-7
        return {"gflops": speed, "each": [speed], "error": error}

    def prepare(self, threads):
        pass


class ChoiceTest(unittest.TestCase):
    def chosen(self, side):
        return rates.measure(side, 1, cores=list(side.speeds))["chosen"]

    def test_the_fastest_core_type_is_taken(self):
        side = Side("a", {None: 31, "Haswell": 48, "SkylakeX": 138})
        self.assertEqual(self.chosen(side)["settings"], {"OPENBLAS_CORETYPE": "SkylakeX"})

    def test_the_own_choice_of_openblas_is_a_candidate(self):
        self.assertEqual(self.chosen(Side("a", {None: 150, "Haswell": 48}))["settings"], {})

    def test_wrong_products_are_not_taken_and_said(self):
        said = []
        side = Side("a", {None: 31, "Cooperlake": 200}, wrong=("Cooperlake",))
        rate = rates.measure(side, 1, said.append, list(side.speeds))
        self.assertEqual(rate["chosen"]["settings"], {})
        self.assertTrue(any("Cooperlake" in s and "wrong" in s for s in said), said)
        self.assertIn("Cooperlake", "\n".join(rates.table([rate])))

    def test_a_core_type_that_ends_the_process_is_passed_over(self):
        side = Side("a", {None: 31, "SkylakeX": 200}, broken=("SkylakeX",))
        rate = rates.measure(side, 1, cores=list(side.speeds))
        self.assertEqual(rate["chosen"]["gflops"], 31)
        self.assertIn("failed", "\n".join(rates.table([rate])))

    def test_no_right_product_is_a_failure_that_tells_all(self):
        with self.assertRaisesRegex(build.Failure, "wrong by 5.0e-01"):
            self.chosen(Side("a", {None: 31}, wrong=(None,)))

    def test_a_cache_size_is_taken_for_a_clear_gain_alone(self):
        clear = Side("a", {None: 100}, caches={"2048": 1.2})
        self.assertEqual(self.chosen(clear)["settings"], {"OPENBLAS_L2_SIZE": "2048"})
        noise = Side("a", {None: 100}, caches={"2048": 1.02})
        self.assertEqual(self.chosen(noise)["settings"], {})

    def test_candidates_are_what_the_processor_can_run(self):
        self.assertEqual(rates.candidates(["sse2"], "x86_64"), [None])
        self.assertEqual(rates.candidates(AVX512, "x86_64"), [None, "Haswell", "Zen", "SkylakeX"])
        self.assertIn("Cooperlake", rates.candidates(AVX512 + ("avx512_bf16",), "x86_64"))
        self.assertEqual(rates.candidates(AVX512, "riscv64"), [None])


class FairnessTest(unittest.TestCase):
    class Options:
        threads = [1]

    def comparison(self, ours, theirs):
        cores = rates.candidates()
        sides = [Side(n, dict.fromkeys(cores, s)) for n, s in (("ours", ours), ("other", theirs))]
        return compare.Comparison(sides[0], [sides[1]], self.Options())

    def test_a_slow_peer_is_refused_with_rates_and_a_remedy(self):
        with self.assertRaises(build.Failure) as caught:
            self.comparison(138, 96).choose_settings()
        for part in ("96", "138", "--peer libtorch", "OpenBLAS"):
            self.assertIn(part, str(caught.exception))

    def test_a_peer_as_fast_is_compared_under_the_choice(self):
        measured = self.comparison(138, 97)
        measured.choose_settings()
        self.assertEqual(len(measured.rates), 2)
        self.assertEqual(measured.ours.settings, {1: {}})


class PublishTest(unittest.TestCase):
    def test_what_stands_between_the_marks_is_replaced_and_nothing_else(self):
        text = "a\n<!-- measured: rows -->\nold\n<!-- end -->\nb\n"
        new = publish.replaced(text, "rows", ["new", "lines"])
        self.assertEqual(new, "a\n<!-- measured: rows -->\nnew\nlines\n<!-- end -->\nb\n")
        self.assertEqual(publish.replaced(new, "rows", ["new", "lines"]), new)

    def test_a_missing_mark_is_named(self):
        with self.assertRaisesRegex(build.Failure, "<!-- measured: rows -->"):
            publish.replaced("a", "rows", [])

    def test_the_documents_have_the_marks(self):
        for path, names in publish.PLACES.items():
            with open(os.path.join(build.HOME, path), encoding="utf-8") as file:
                text = file.read()
            for name in names:
                publish.replaced(text, name, ["x"])


if __name__ == "__main__":
    unittest.main()
