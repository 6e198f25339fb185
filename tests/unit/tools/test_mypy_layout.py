"""Which files mypy can check together, and under which names."""

from __future__ import annotations

from pipeline_mcp.tools.mypy_layout import NAMELESS, programs


def test_packages_count_from_where_they_lie_and_scripts_from_the_root() -> None:
    files = [
        "backend/app/__init__.py",
        "backend/app/models.py",
        "backend/manage.py",
        "scripts/run.py",
        "src/pkg/__init__.py",
        "src/pkg/sub/mod.py",
    ]
    (program,) = programs(files)
    assert program.modules == {
        "app": "backend/app/__init__.py",
        "app.models": "backend/app/models.py",
        "manage": "backend/manage.py",
        "scripts.run": "scripts/run.py",
        "pkg": "src/pkg/__init__.py",
        "pkg.sub.mod": "src/pkg/sub/mod.py",
    }
    assert program.bases == {"backend", "src"}


def test_a_src_that_is_a_package_is_one() -> None:
    (program,) = programs(["src/__init__.py", "src/mod.py"])
    assert set(program.modules) == {"src", "src.mod"}
    assert program.bases == set()


def test_bases_that_clash_are_separate_and_whole() -> None:
    first, second = programs(["a-1/main.py", "a-1/util.py", "a-2/main.py", "a-2/extra.py"])
    assert first.modules == {"main": "a-1/main.py", "util": "a-1/util.py"}
    assert second.modules == {"main": "a-2/main.py", "extra": "a-2/extra.py"}
    assert (first.bases, second.bases) == ({"a-1"}, {"a-2"})


def test_a_stub_beside_its_module_is_checked_on_its_own() -> None:
    assert [program.modules for program in programs(["a.py", "a.pyi", "b.py"])] == [
        {"a": "a.py", "b": "b.py"},
        {"a": "a.pyi"},
    ]


def test_a_package_with_an_impossible_name_has_none() -> None:
    (program,) = programs(["my-plugin/__init__.py", "my-plugin/sub/mod.py"])
    assert program.modules == {
        NAMELESS: "my-plugin/__init__.py",
        "sub.mod": "my-plugin/sub/mod.py",
    }


def test_no_files_are_no_program() -> None:
    assert programs([]) == []
