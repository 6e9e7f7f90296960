"""Lengths of sounds that are written frame by frame, so that the expected length is known exactly."""

from __future__ import annotations

import struct

import pytest

from vfsloader.assets.loader import Asset
from vfsloader.assets.sound_length import MAX_SECONDS, check_sound, sound_seconds
from vfsloader.errors import ResourceError


def page(*packets: bytes) -> bytes:
    """A page of Ogg; a packet that is cut off by the end of the page may be given as an ending table."""
    table, body = [], b""
    for packet in packets:
        table += [255] * (len(packet) // 255) + [len(packet) % 255]
        body += packet
    return b"OggS" + bytes(22) + bytes([len(table), *table]) + body


def vorbis_head(rate: int, largest_block: int = 0xB) -> bytes:
    """Blocks are of 2 to the power of 8 and of `largest_block` samples."""
    return b"\x01vorbis" + struct.pack("<IBIIIIBB", 0, 2, rate, 0, 0, 0, largest_block << 4 | 8, 1)


def wave(rate: int, frame: int, samples: bytes, before: bytes = b"", extra: bytes = b"") -> bytes:
    form = struct.pack("<HHIIHH", 1, 1, rate, rate * frame, frame, 16) + extra
    return b"".join(
        [
            b"RIFF\0\0\0\0WAVE",
            before,
            struct.pack("<4sI", b"fmt ", len(form)),
            form,
            struct.pack("<4sI", b"data", len(samples)),
            samples,
        ]
    )


def flac(rate: int, block: int, frames: int) -> bytes:
    head = b"fLaC" + bytes(6) + struct.pack(">H", block) + bytes(6) + (rate << 4 | 0b0101).to_bytes(3, "big")
    return head + b"\xff\xf8abcd" * (frames - frames // 2) + b"\xff\xf9abcd" * (frames // 2)


def mp3_frame(second: int, kilobits: int, rate: int, padding: int = 0, size: int = 0) -> bytes:
    """A frame of layer III: its second byte, the indexes of its rates, and its whole length."""
    return (b"\xff" + bytes([second, kilobits << 4 | rate << 2 | padding << 1])).ljust(size, b"\0")


# --- Ogg ---------------------------------------------------------------------------------------------


def test_each_packet_of_vorbis_is_half_its_largest_block() -> None:
    data = page(vorbis_head(8000, largest_block=0xB)) + page(*[b"abc"] * 199)
    assert sound_seconds(data) == 200 * 1024 / 8000


def test_packets_of_vorbis_are_counted_over_all_pages() -> None:
    data = page(vorbis_head(8000)) + page(*[b"a" * 300] * 9) + page(*[b"a"] * 90)
    assert sound_seconds(data) == 100 * 1024 / 8000


def test_a_packet_that_continues_on_the_next_page_is_one() -> None:
    first = b"OggS" + bytes(22) + bytes([1, 255]) + bytes(255)
    rest = b"OggS" + bytes(22) + bytes([2, 255, 10]) + bytes(265)
    assert sound_seconds(page(vorbis_head(8000)) + first + rest) == 2 * 1024 / 8000


def test_an_ogg_file_of_another_codec_is_unknown() -> None:
    assert sound_seconds(page(b"\x80theora" + bytes(40))) is None


def test_an_ogg_file_without_packets_is_unknown() -> None:
    assert sound_seconds(b"OggS" + bytes(22) + b"\0") is None


def opus(*packets: bytes) -> bytes:
    return page(b"OpusHead" + bytes(11)) + page(b"OpusTags" + bytes(8)) + page(*packets)


@pytest.mark.parametrize(
    ("kind", "milliseconds"),
    [
        *zip(range(12), [10, 20, 40, 60] * 3, strict=True),
        *zip(range(12, 16), [10, 20] * 2, strict=True),
        *zip(range(16, 32), [2.5, 5, 10, 20] * 4, strict=True),
    ],
)
def test_the_configuration_of_an_opus_packet_is_its_length(kind: int, milliseconds: float) -> None:
    assert sound_seconds(opus(bytes([kind << 3, 0]))) == pytest.approx(milliseconds / 1000)


@pytest.mark.parametrize(("code", "frames"), [(0, 1), (1, 2), (2, 2), (3, 5)])
def test_an_opus_packet_may_have_several_frames(code: int, frames: int) -> None:
    count = 0b11_000101  # five, with padding and a variable bit rate
    assert sound_seconds(opus(bytes([16 << 3 | code, count]))) == pytest.approx(frames * 0.0025)


def test_an_opus_packet_that_is_cut_off_before_its_count_has_one_frame() -> None:
    assert sound_seconds(opus(bytes([16 << 3 | 3]))) == pytest.approx(0.0025)


def test_an_empty_opus_packet_is_as_long_as_a_lost_frame() -> None:
    assert sound_seconds(opus(b"")) == pytest.approx(0.01)


def test_an_opus_packet_is_at_most_120_milliseconds_long() -> None:
    assert sound_seconds(opus(bytes([3 << 3 | 3, 48]))) == 0.12


def test_the_packets_of_opus_are_added_up_without_its_two_headers() -> None:
    assert sound_seconds(opus(*[bytes([1 << 3, 0])] * 150)) == pytest.approx(3.0)


# --- FLAC --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [4096, 65000])
def test_each_frame_of_flac_is_its_largest_block(block: int) -> None:
    assert sound_seconds(flac(rate=0xABCDE, block=block, frames=5)) == 5 * block / 0xABCDE


def test_flac_of_an_unknown_block_size_is_taken_for_the_longest() -> None:
    assert sound_seconds(flac(rate=44100, block=0, frames=3)) == 3 * 65535 / 44100


def test_flac_in_ogg() -> None:
    head = page(b"\x7fFLAC\1\0\0\1" + flac(rate=44100, block=4096, frames=0) + bytes(21))
    assert sound_seconds(head + page(b"\xff\xf8abcd", b"\xff\xf8abcd")) == 2 * 4096 / 44100


# --- WAVE --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frame", [1, 4, 40_000])
def test_a_wave_is_its_samples_by_its_rate(frame: int) -> None:
    assert sound_seconds(wave(rate=100, frame=frame, samples=bytes(frame * 150))) == 1.5


def test_half_a_sample_of_a_wave_does_not_count() -> None:
    assert sound_seconds(wave(rate=1000, frame=4, samples=bytes(4 * 1500 + 3))) == 1.5


@pytest.mark.parametrize("size", [5, 6, 7, 8])
def test_parts_before_the_format_of_a_wave_are_skipped(size: int) -> None:
    before = struct.pack("<4sI", b"LIST", size) + bytes(size + size % 2)
    assert sound_seconds(wave(rate=1000, frame=2, samples=bytes(3000), before=before)) == 1.5


def test_a_format_with_extra_fields() -> None:
    assert sound_seconds(wave(rate=1000, frame=2, samples=bytes(3000), extra=bytes(24))) == 1.5


def test_a_wave_of_frames_without_a_size_is_taken_for_bytes() -> None:
    assert sound_seconds(wave(rate=1000, frame=0, samples=bytes(1500))) == 1.5


def test_a_wave_that_ends_after_its_format_has_no_length() -> None:
    assert sound_seconds(wave(rate=1000, frame=1, samples=b"")[:-8]) == 0


@pytest.mark.parametrize(
    "data",
    [
        wave(rate=0, frame=2, samples=bytes(100)),
        b"RIFF\0\0\0\0WAVE" + struct.pack("<4sI", b"LIST", 0),
        b"RIFF\0\0\0\0WAVE" + struct.pack("<4sI", b"LIST", 0xFFFFFFF8),
        b"RIFF\0\0\0\0AVI " + wave(rate=1000, frame=2, samples=bytes(100))[12:],
    ],
    ids=["no rate", "no format", "four gigabytes before the format", "another kind of RIFF"],
)
def test_a_wave_whose_format_is_not_known(data: bytes) -> None:
    assert sound_seconds(data) is None


# --- MP3 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("second", "kilobits", "rate", "size", "seconds"),
    [
        (0xFB, 9, 0, 417, 1152 / 44100),  # MPEG 1, 128 kbit/s
        (0xFB, 14, 1, 960, 1152 / 48000),  # 320 kbit/s
        (0xFA, 1, 2, 144, 1152 / 32000),  # 32 kbit/s, with a checksum
        (0xF3, 8, 0, 208, 576 / 22050),  # MPEG 2, 64 kbit/s
        (0xF2, 14, 1, 480, 576 / 24000),
        (0xE3, 1, 2, 72, 576 / 8000),  # MPEG 2.5, 8 kbit/s
        (0xE2, 14, 0, 1044, 576 / 11025),
        (0xFB, 0, 0, 26, 1152 / 44100),  # an unspecified rate
    ],
)
def test_each_frame_of_mp3_says_where_the_next_one_is(
    second: int, kilobits: int, rate: int, size: int, seconds: float
) -> None:
    # Bytes that look like a frame would be counted if the frame around them was taken for shorter.
    frame = mp3_frame(second, kilobits, rate)
    whole = frame + (b"\xff" + bytes([second]) + frame[2:]) * size
    data = whole[:size] + mp3_frame(second, kilobits, rate, size=size) * 2
    assert sound_seconds(data) == pytest.approx(3 * seconds)


@pytest.mark.parametrize(("kilobits", "rate"), [(15, 0), (9, 3)], ids=["bit rate", "sample rate"])
def test_what_has_an_invalid_rate_is_not_a_frame(kilobits: int, rate: int) -> None:
    data = mp3_frame(0xFB, kilobits, rate) + mp3_frame(0xFB, 9, 0, size=417)
    assert sound_seconds(data) == pytest.approx(1152 / 44100)


def test_a_padded_frame_is_one_byte_longer() -> None:
    frame = mp3_frame(0xFB, 9, 0, padding=1, size=417)
    assert sound_seconds(frame + mp3_frame(0xFB, 9, 0, size=4)) == pytest.approx(1152 / 44100)
    assert sound_seconds(frame + b"\0" + mp3_frame(0xFB, 9, 0, size=4)) == pytest.approx(2 * 1152 / 44100)


def test_frames_after_tags_are_counted() -> None:
    data = b"ID3\3\0\0\0\0\0\x0a" + bytes(10) + mp3_frame(0xFB, 9, 0, size=417) * 3
    assert sound_seconds(data) == pytest.approx(3 * 1152 / 44100)


def test_a_frame_that_is_cut_off_in_its_header_does_not_count() -> None:
    assert sound_seconds(mp3_frame(0xFB, 9, 0, size=417) + b"\xff\xfb") == pytest.approx(1152 / 44100)


# --- limits ------------------------------------------------------------------------------------------


def silence(seconds: int) -> bytes:
    return wave(rate=1, frame=1, samples=bytes(seconds))


def test_a_sound_may_be_as_long_as_the_limit() -> None:
    check_sound(Asset("/x.wav", silence(1800), "base"))


def test_a_longer_sound_is_refused_by_its_path_and_layer() -> None:
    with pytest.raises(ResourceError, match=r"/x\.wav in winter may be 60 minutes long; at most 30 are") as caught:
        check_sound(Asset("/x.wav", silence(3600), "winter"))
    assert caught.value.filename == "/x.wav"


def test_a_sound_of_one_second_more_is_refused() -> None:
    with pytest.raises(ResourceError, match="minutes long"):
        check_sound(Asset("/x.wav", silence(int(MAX_SECONDS) + 1), "base"))


def test_a_sound_of_an_unknown_format_is_left_to_the_decoder() -> None:
    check_sound(Asset("/x.mid", b"MThd" + bytes(100), "base"))


def test_bytes_that_are_not_a_sound_are_unknown() -> None:
    assert sound_seconds(b"MThd" + bytes(100)) is None
