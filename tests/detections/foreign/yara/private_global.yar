private rule Marker_Private { strings: $a = "afterpatch-marker" condition: $a }
global rule Marker_Global { condition: filesize < 1MB }
rule Marker_On_Private { condition: Marker_Private }
