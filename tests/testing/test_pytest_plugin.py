"""The fixtures for the tests of a game."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


def test_vfs_is_fresh_for_each_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("turn", range(2))
        def test_it(vfs, turn):
            assert vfs.listdir() == []
            vfs.write_text("/a.txt", "a")
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_the_tree_is_shown_when_a_test_fails(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_good(vfs_shown):
            vfs_shown.write_text("/quiet.txt", "x")

        def test_bad(vfs_shown):
            vfs_shown.write_text("/saves/slot1.json", '{"level": 3}')
            vfs_shown.write_bytes("/big.bin", bytes(1000))
            assert False

        def test_silent(vfs):
            vfs.write_text("/unseen.txt", "x")
            assert False
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        ["*files of vfs_shown*", "/big.bin  1,000 bytes*…", "/saves/", "/saves/slot1.json  12 bytes*"]
    )
    output = result.stdout.str()
    assert output.count("files of vfs_shown") == 1, "a test that passed, or one that uses vfs, shows its files too"
    assert "/unseen.txt  " not in output
