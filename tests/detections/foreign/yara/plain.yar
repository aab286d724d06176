/*
    In the style of public packs.
*/
rule Marker_Plain : marker
{
    meta:
        description = "Marker of a test, see T1505.003"
        author = "Example Author"
        reference = "https://example.org/1"
        date = "2021-03-08"
        score = 80
    strings:
        $s1 = "afterpatch-marker-one" ascii wide nocase
        $s2 = { 6d 61 72 6b ?? 72 [0-4] 2d }
        $s3 = "unseen-marker" xor
    condition:
        filesize < 500KB and ($s1 or all of ($s2, $s3))
}
