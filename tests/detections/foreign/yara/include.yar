include "./plain.yar"
rule Marker_Beside_Include { strings: $a = "marker-include" condition: $a }
