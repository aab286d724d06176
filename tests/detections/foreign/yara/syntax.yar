rule Marker_Before { strings: $a = "marker-before" condition: $a }
rule Marker_Broken { strings: $a = "marker" condition: $a and }
rule Marker_After { strings: $a = "marker-after" condition: $a }
