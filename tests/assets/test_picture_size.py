"""Sizes of pictures from headers that are written byte by byte, so that each field is known to be read whole."""

from __future__ import annotations

import struct

import pytest

from vfsloader.assets.loader import Asset
from vfsloader.assets.picture_size import MAX_PIXELS, check_picture, picture_size
from vfsloader.errors import ResourceError


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)


def jpeg(*segments: tuple[int, bytes]) -> bytes:
    return b"\xff\xd8" + b"".join(struct.pack(">HH", marker, len(body) + 2) + body for marker, body in segments)


def frame(width: int, height: int) -> bytes:
    """The body of a JPEG's frame header: 8 bits, height, width, three components."""
    return struct.pack(">BHHB", 8, height, width, 3)


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF" + bytes(4) + b"WEBP" + kind + bytes(4) + body


def lossless(width: int, height: int, above: int = 0) -> bytes:
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", width - 1 | height - 1 << 14 | above << 28))


def lossy(width: int, height: int, scale: int = 0) -> bytes:
    return webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width | scale << 14, height | scale << 14))


def extended(width: int, height: int) -> bytes:
    return webp(b"VP8X", bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"))


APP0 = (0xFFE0, b"JFIF\0" + bytes(9))


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(0x01020304, 0x05060708), (0x01020304, 0x05060708)),
        (b"GIF87a" + struct.pack("<HH", 0x0102, 0x0304), (0x0102, 0x0304)),
        (b"GIF89a" + struct.pack("<HH", 0x0102, 0x0304), (0x0102, 0x0304)),
        (b"BM" + bytes(16) + struct.pack("<ii", 0x010203, 0x040506), (0x010203, 0x040506)),
        (b"qoif" + struct.pack(">II", 0x01020304, 0x05060708), (0x01020304, 0x05060708)),
        (jpeg(APP0, (0xFFC0, frame(0xF102, 0xE304))), (0xF102, 0xE304)),
        (extended(0x010203, 0x040506), (0x010203, 0x040506)),
        (lossless(0x3A5C, 0x2B4D), (0x3A5C, 0x2B4D)),
        (lossy(0x3A5C, 0x2B4D), (0x3A5C, 0x2B4D)),
    ],
    ids=["png", "gif 87", "gif 89", "bmp", "qoi", "jpeg", "webp extended", "webp lossless", "webp lossy"],
)
def test_both_numbers_are_read_whole(data: bytes, size: tuple[int, int]) -> None:
    assert picture_size(data) == size


def test_a_bitmap_that_is_stored_top_down_has_a_positive_height() -> None:
    assert picture_size(b"BM" + bytes(16) + struct.pack("<ii", -30, -20)) == (30, 20)


def test_the_largest_picture_of_a_lossless_webp() -> None:
    assert picture_size(lossless(1 << 14, 1 << 14, above=0b1111)) == (1 << 14, 1 << 14)


def test_the_scale_of_a_lossy_webp_is_not_part_of_its_size() -> None:
    assert picture_size(lossy(300, 200, scale=0b11)) == (300, 200)


@pytest.mark.parametrize("name", ["x.tga", "/sprites/X.TGA"])
def test_a_targa_is_recognised_by_its_name(name: str) -> None:
    data = bytes(12) + struct.pack("<HH", 0x0102, 0x0304)
    assert picture_size(data, name) == (0x0102, 0x0304)


def test_bytes_without_a_signature_and_name_are_unknown() -> None:
    assert picture_size(bytes(100)) is None


def test_a_riff_file_that_is_not_a_picture_is_unknown() -> None:
    assert picture_size(b"RIFF" + bytes(4) + b"WAVE" + b"VP8X" + bytes(20)) is None


def test_a_webp_of_an_unknown_kind_is_unknown() -> None:
    assert picture_size(webp(b"VP9 ", bytes(20))) is None


@pytest.mark.parametrize("marker", [0xFFC0, 0xFFC1, 0xFFC2, 0xFFC3, 0xFFC5, 0xFFC9, 0xFFCB, 0xFFCD, 0xFFCF])
def test_every_frame_of_a_jpeg_has_its_size(marker: int) -> None:
    assert picture_size(jpeg(APP0, (marker, frame(30, 20)))) == (30, 20)


@pytest.mark.parametrize("marker", [0xFFC4, 0xFFC8, 0xFFCC, 0xFFD0, 0xFFDB, 0xFFFE, 0xFF01])
def test_other_segments_of_a_jpeg_are_skipped(marker: int) -> None:
    assert picture_size(jpeg((marker, bytes(9)), (0xFFC2, frame(30, 20)))) == (30, 20)


def test_an_empty_segment_of_a_jpeg_is_skipped() -> None:
    assert picture_size(jpeg((0xFF00, b""), (0xFFFE, b""), (0xFFC0, frame(30, 20)))) == (30, 20)


@pytest.mark.parametrize(
    "broken",
    [
        b"\xfe\xff\0\2",  # not a marker
        b"\xff\xe0\0\1",  # a length that does not include itself
        b"\xff\xe0\0\0",
    ],
)
def test_a_jpeg_whose_segments_are_broken_is_unknown(broken: bytes) -> None:
    assert picture_size(b"\xff\xd8" + broken + jpeg((0xFFC0, frame(30, 20)))[2:]) is None


def test_a_jpeg_without_a_frame_is_unknown() -> None:
    assert picture_size(jpeg(APP0)) is None


def test_a_picture_may_have_as_many_pixels_as_the_limit() -> None:
    check_picture(Asset("/x.png", png(MAX_PIXELS // 4, 4), "base"))


def test_a_picture_of_one_row_more_is_refused() -> None:
    with pytest.raises(ResourceError, match=r"/x\.png in winter claims 33,554,432 x 5 pixels") as caught:
        check_picture(Asset("/x.png", png(MAX_PIXELS // 4, 5), "winter"))
    assert caught.value.filename == "/x.png"


def test_the_limit_holds_for_a_targa_too() -> None:
    with pytest.raises(ResourceError, match="pixels"):
        check_picture(Asset("/x.tga", bytes(12) + struct.pack("<HH", 65535, 65535), "base"))


def test_the_limit_is_half_a_gigabyte_of_decoded_pixels() -> None:
    assert MAX_PIXELS * 4 == 512 << 20


def test_a_picture_of_an_unknown_format_is_left_to_the_decoder() -> None:
    check_picture(Asset("/x.pcx", b"\xff" * 100, "base"))
