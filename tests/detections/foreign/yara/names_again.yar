rule Marker_Plain { strings: $a = "afterpatch-marker-two" condition: $a }
rule Marker_Twice { strings: $a = "marker-first" condition: $a }
rule Marker_Twice { strings: $a = "marker-second" condition: $a }
