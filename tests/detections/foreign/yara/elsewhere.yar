rule Marker_Needs_Another_File { condition: Marker_On_Private }
