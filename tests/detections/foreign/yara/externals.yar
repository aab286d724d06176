rule Marker_External
{
    strings: $a = "afterpatch-marker" fullword
    condition: $a and extension == ".aspx" and filename matches /^shown/ and filepath contains "auth"
        and not filetype == "EXE" and owner == "" and md5 != "x"
}
rule Marker_Unknown_External
{
    condition: timezone == "UTC"
}
