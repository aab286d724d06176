rule Marker_Lookahead { strings: $a = /marker(?=x)/ condition: $a }
rule Marker_Regex { strings: $a = /marker-[a-z]{3}\d{1,4}/ condition: $a }
rule Marker_Unused { strings: $a = "marker" $b = "never asked for" condition: $a }
