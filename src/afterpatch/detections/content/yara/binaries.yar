/*
  Binaries that hold or were a page. Read over the bytes of the file.
*/

rule compiled_shell
{
    meta:
        description = "is what ASP.NET compiled from a page that evaluates what it is sent"
        family = "compiled web shell"
        score = 80
    strings:
        $module = "App_Web_" ascii wide
        $evaluate = "JScriptEvaluate" ascii wide
        $request = "get_Request" ascii
    condition:
        uint16(0) == 0x5A4D and filesize < 2MB and $module and $evaluate and $request
}

rule compiled_command_page
{
    meta:
        description = "is what ASP.NET compiled from a page that starts a command shell"
        family = "compiled web shell"
        score = 80
    strings:
        $module = "App_Web_" ascii wide
        $request = "get_Request" ascii
        $shell = "cmd.exe" wide nocase
        $process = "ProcessStartInfo" ascii
    condition:
        uint16(0) == 0x5A4D and filesize < 2MB and all of them
}

rule compiled_loader
{
    meta:
        description = "is what ASP.NET compiled from a page that decrypts and loads programs"
        family = "compiled web shell"
        score = 80
    strings:
        $module = "App_Web_" ascii wide
        $body = "BinaryRead" ascii
        $decrypt = "TransformFinalBlock" ascii
        $instance = "CreateInstance" ascii
    condition:
        uint16(0) == 0x5A4D and filesize < 2MB and all of them
}

rule compiled_upload_page
{
    meta:
        description = "is what ASP.NET compiled from an upload page below aspnet_client or auth"
        family = "compiled web shell"
        score = 60
    strings:
        $module = "App_Web_" ascii wide
        $place1 = "~/aspnet_client/" wide nocase
        $place2 = "~/auth/" wide nocase
        $files = "get_Files" ascii
        $save = "SaveAs" ascii
    condition:
        uint16(0) == 0x5A4D and filesize < 2MB and $module and $files and $save and 1 of ($place*)
}
