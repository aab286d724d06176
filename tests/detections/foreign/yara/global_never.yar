global rule Marker_Never { condition: filesize == 0 }
rule Marker_Silenced { strings: $a = "afterpatch-marker" condition: $a }
