// écrit à la main
rule Marker_Latin { strings: $a = "marker-latin" condition: $a }
