import "pe"
import "math"
import "hash"
import "magic"
import "cuckoo"

rule Marker_Math { condition: math.entropy(0, filesize) > 8.5 or hash.md5(0, 4) == "00" }
rule Marker_Pe { strings: $a = "afterpatch-marker" condition: pe.is_pe and $a }
rule Marker_Magic { condition: magic.type() contains "text" }
rule Marker_Sandbox { condition: cuckoo.network.http_request(/marker/) }
