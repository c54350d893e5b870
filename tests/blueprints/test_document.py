"""What is read as YAML, and what is refused before anybody looks at its meaning."""

import pytest

from blueprints import BlueprintError, load, parse
from tests.blueprints.blueprint_text import FULL, HEAD, told

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)
REFUSED = {
    "": "1:1: the file is empty. Write a blueprint that begins with apiVersion: groundplan/v1.",
    "# nothing here\n\n": "1:1: the file is empty. Write a blueprint that begins with apiVersion: groundplan/v1.",
    "- a\n- b\n": "1:1: a blueprint is a mapping, not a list. Write apiVersion: groundplan/v1 first.",
    "hello": "1:1: a blueprint is a mapping, not 'hello'. Write apiVersion: groundplan/v1 first.",
    "~": "1:1: a blueprint is a mapping, not null. Write apiVersion: groundplan/v1 first.",
    "a: 1\n---\nb: 2\n": "2:1: a second document begins. Write one blueprint a file, without `---` after it.",
    "apiVersion: groundplan/v2\n": "1:13: apiVersion: 'groundplan/v2' is not known to this version of groundplan."
    " Write groundplan/v1.",
    "a: b: c\n": "1:5: a second `: ` on the line. Put the value in quotes, or indent what follows.",
    "a:\n\tb: 1\n": "2:1: a tab can't indent. Write spaces.",
    "a: [1, 2\nb: 3\n": "2:2: a `[` or `{` is not closed, or a comma is missing. Close it.",
    'a: "x\n': "2:1: a quote is not closed. Close it.",
    "a: 1\n b: 2\n": "2:3: a second `: ` on the line. Put the value in quotes, or indent what follows.",
    "a:\n  b: 1\n c: 2\n": "3:2: the indentation does not match the lines above. Indent what belongs together alike.",
    "a: @b\n": "1:4: a value can't begin with this character. Put it in quotes.",
    "a: 1\nb: 2\na: 3\n": "3:1: a: it stands twice; first on line 1. Leave one out.",
    "a: {b: 1, b: 2}\n": "1:11: a.b: it stands twice; first on line 1. Leave one out.",
    "1: x\n": '1:1: a key must be text; got 1. Write "1" in quotes.',
    "true: x\n": '1:1: a key must be text; got true. Write "true" in quotes.',
    "? [a]\n: x\n": "1:3: a mapping or list can't be a key. Put text with `{` or `[` in quotes.",
    "a: !!python/object:os.system x\n": "1:4: a: the tag !!python/object:os.system means nothing here. Leave it out.",
    "a: !secret x\n": "1:4: a: the tag !secret means nothing here. Leave it out.",
    "a: !!binary aGk=\n": "1:4: a: the tag !!binary means nothing here. Leave it out.",
    "a: *b\n": "1:4: a: the alias 'b' is not defined above. Define it with `&name`, or write it out.",
    "a: &a [*a]\n": "1:8: a[0]: the alias 'a' is not defined above. Define it with `&name`, or write it out.",
    "a:\n  <<: 5\n": "2:7: a: `<<` takes a mapping, or a list of them. Write <<: *name.",
    "a: 99999999999999999999\n": "1:4: a: the number does not fit 64 bits. Write a smaller one, or put it in quotes.",
    f"a: {'9' * 100_000}\n": "1:4: a: the number does not fit 64 bits. Write a smaller one, or put it in quotes.",
    "a: .nan\n": "1:4: a: .nan is not a number to plan with. Write a finite one.",
    "a: -.inf\n": "1:4: a: -.inf is not a number to plan with. Write a finite one.",
    "a: 1e999\n": "1:4: a: 1e999 is not a number to plan with. Write a finite one.",
    'a: "\\0"\n': "1:4: a: the text holds a control character. Leave it out.",
    'a: "\\ud800"\n': "1:4: a: the text holds a control character. Leave it out.",
    "[" * 1000: "1:42: the nesting is deeper than 40 levels. Write it flatter.",
    "- " * 1000: "1:83: the nesting is deeper than 40 levels. Write it flatter.",
    "a: 1\n" * 2 + "b: !x 1\n": "2:1: a: it stands twice; first on line 1. Leave one out.",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:30]))
def test_text_is_refused_at_its_place(text):
    """
    Text that no blueprint can be is refused with the first such place.
    """
    with pytest.raises(BlueprintError) as refusal:
        parse(text, "b.yaml")

    assert str(refusal.value).splitlines()[0] == f"b.yaml:{REFUSED[text]}"


@pytest.mark.parametrize("text", [BOMB, "a: &a {}\nb: [" + "*a, " * 30_000 + "]"], ids=["laughs", "aliases"])
def test_aliases_are_counted_before_they_are_written_out(text):
    """
    A few lines of aliases can't grow into more values than a machine holds.
    """
    with pytest.raises(BlueprintError, match="more than 20000 values, aliases written out"):
        parse(text)


def test_small_anchors_and_merge_keys_are_read():
    """
    An anchor saves typing; the entries of the mapping itself win over merged ones.
    """
    text = FULL.replace(
        "  fit:\n",
        "  base: &base\n    machine: {cpu: 2}\n    spot: false\n  big: {<<: *base, machine: {cpu: 64}}\n  fit:\n",
    )

    training = parse(text).resolve("prod", "aws").training

    assert [training[name].machine.cpu for name in ("base", "big")] == [2, 64]
    assert training["big"].spot is None


def test_words_of_old_yaml_are_text():
    """
    `on`, `yes`, `no` and a date are text, as YAML 1.2 has it: the key `on` of a pipeline keeps its name.
    """
    root = parse(HEAD + "on: [yes, no, off, 2027-01-31, 12:30, 0x1F, 1_000]\n").root.plain

    assert root["on"] == ["yes", "no", "off", "2027-01-31", "12:30", 31, "1_000"]


FILES = {
    b"\xff\xfea\x00:\x00": "1:1: the file is in UTF-16. Save it as UTF-8.",
    b"\xff\xfe\x00\x00a\x00\x00\x00": "1:1: the file is in UTF-32. Save it as UTF-8.",
    b"\x00a\x00:": "1:1: the file is not text, or in UTF-16. Save it as UTF-8.",
    "name: é\n".encode("latin-1"): "1:7: the byte 0xe9 is not UTF-8. Save the file as UTF-8.",
    b"a: 1\nb: \x07\n": "2:4: the character U+0007 can't be in a blueprint. Delete it.",
    b"a: 1\n" + b"#" * (1 << 20): " the file is larger than 1024 KiB. A blueprint is a few; is it the right file?",
}


@pytest.mark.parametrize("data", FILES, ids=lambda data: repr(data[:12]))
def test_file_that_is_not_text_is_refused(data, tmp_path):
    """
    Bytes that are not UTF-8 text, or too many, are refused before they are parsed.
    """
    path = tmp_path / "b.yaml"
    path.write_bytes(data)

    with pytest.raises(BlueprintError) as refusal:
        load(path)

    assert str(refusal.value) == f"{path}:{FILES[data]}"


def test_byte_order_mark_is_passed_over(tmp_path):
    """
    A blueprint saved by a Windows editor loads.
    """
    path = tmp_path / "b.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())

    assert load(path).resolve("dev", "gcp").name == "demo"


def test_missing_file_names_the_nearest(tmp_path):
    """
    A mistyped file name is answered with the one beside it.
    """
    (tmp_path / "fraud.yaml").write_text(FULL, encoding="utf-8")

    with pytest.raises(BlueprintError) as refusal:
        load(tmp_path / "fruad.yaml")

    assert str(refusal.value) == f"{tmp_path}/fruad.yaml: there is no such file. Write {tmp_path}/fraud.yaml."


@pytest.mark.parametrize("name", ["nowhere/b.yaml", "b\0.yaml", "n" * 300 + ".yaml"], ids=["folder", "NUL", "long"])
def test_file_that_can_not_be_opened_is_one_line(name, tmp_path):
    """
    Whatever the system says of a path becomes one line without a traceback.
    """
    with pytest.raises(BlueprintError) as refusal:
        load(tmp_path / name)

    assert len(str(refusal.value).splitlines()) == 1


def test_directory_is_answered_with_its_files(tmp_path):
    """
    Naming a folder gets the blueprints in it.
    """
    (tmp_path / "fraud.yaml").write_text(FULL, encoding="utf-8")

    with pytest.raises(BlueprintError, match=r"it is a directory\. Write one of its files: fraud\.yaml\."):
        load(tmp_path)


def test_several_faults_of_the_text_are_told_at_once():
    """
    Duplicate keys, tags and odd keys do not hide each other.
    """
    assert len(told("a: 1\na: 2\nb: !x 3\n4: 5\n")) == 3
