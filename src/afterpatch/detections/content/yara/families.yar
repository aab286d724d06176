/*
  Known kinds of web shells by their structure. Read over the server code of a page alone, so that
  an article that quotes a shell is none. Written from behavior and from what reports name; none of
  the texts below runs. `score` is added to that of the page, `family` names the kind.
*/

rule china_chopper
{
    meta:
        description = "evaluates one parameter of the request with full rights, like China Chopper"
        family = "China Chopper"
        score = 60
    strings:
        $one = /\beval\s{0,9}\(\s{0,9}Request(\.\w{1,12})?\s{0,9}[\[(]\s{0,9}["'][^"']{1,60}["']\s{0,9}[\])]\s{0,9},\s{0,9}["']unsafe/ nocase
        $two = /^\s{0,99}(eval|execute|executeglobal)\s{0,9}\(?\s{0,9}request(\.\w{1,12})?\s{0,9}\(\s{0,9}["'][^"']{1,60}["']\s{0,9}\)\s{0,9}\)?\s{0,99}$/ nocase
    condition:
        ($one or $two) and filesize < 4KB
}

rule simpleseesharp
{
    meta:
        description = "does nothing but save the first file of an upload, like SIMPLESEESHARP"
        family = "SIMPLESEESHARP"
        score = 15
    strings:
        $file = "HttpPostedFile" nocase
        $first = /Request\.Files\s{0,9}\[\s{0,9}0\s{0,9}\]/ nocase
        $save = ".SaveAs(" nocase
        $path = /Path\.Combine\s{0,9}\(|aspnet_client|\.aspx/ nocase
    condition:
        all of them and filesize < 1KB
}

rule sportsball
{
    meta:
        description = "asks for the cookie of the SPORTSBALL shell"
        family = "SPORTSBALL"
        score = 60
    strings:
        $cookie = "fqrspt" nocase
        $process = "Process" nocase
        $cookies = "Cookies" nocase
    condition:
        $cookie and ($process or $cookies)
}

rule aspxspy
{
    meta:
        description = "is built like ASPXSpy: one page with a file manager, commands and databases"
        family = "ASPXSpy"
        score = 60
    strings:
        $a1 = "Bin_Button" nocase
        $a2 = "Bin_Span" nocase
        $a3 = "Bin_Action" nocase
        $a4 = "Bin_FileList" nocase
        $a5 = "Bin_Process" nocase
        $a6 = "ASPXSpy" nocase
        $a7 = "vbhLn" fullword
        $a8 = "xp_cmdshell" nocase
        $a9 = "SeManageVolume" nocase
    condition:
        2 of ($a1, $a2, $a3, $a4, $a5, $a6, $a7) or ($a6 and 1 of ($a8, $a9))
}

rule behinder
{
    meta:
        description = "decrypts the body of the request and loads it as a program, like Behinder"
        family = "Behinder"
        score = 60
    strings:
        $body = "BinaryRead" nocase
        $decrypt = "TransformFinalBlock" nocase
        $load = /Assembly\s{0,9}\.\s{0,9}Load/ nocase
        $equals = /\.Equals\s{0,9}\(\s{0,9}(this|Page|context)/ nocase
        $key = /Session\s{0,9}[\[(.]/ nocase
        $vb1 = /\(\s{0,9}i\s{1,9}and\s{1,9}15\s{0,9}\)\s{0,9}\+\s{0,9}1/ nocase
        $vb2 = "Xor" nocase
        $vb3 = /\bexecute/ nocase
    condition:
        ($body and $decrypt and $load and $equals and $key) or ($body and all of ($vb*))
}

rule godzilla
{
    meta:
        description = "keeps a program that it was sent and hands it each request, like Godzilla"
        family = "Godzilla"
        score = 60
    strings:
        $payload = /(Session|Context|Application)[^;\n]{0,40}["']payload["']/ nocase
        $instance = /CreateInstance\s{0,9}\(\s{0,9}["'](LY|K)["']/
        $md5 = "MD5CryptoServiceProvider" nocase
        $decrypt = "CreateDecryptor" nocase
        $asp1 = "bypassDictionary" nocase
        $asp2 = /\bexecuteglobal\b/ nocase
    condition:
        ($instance and ($payload or $decrypt)) or ($payload and $md5 and $decrypt) or all of ($asp*)
}

rule regeorg
{
    meta:
        description = "is a tunnel with the commands of reGeorg"
        family = "reGeorg"
        score = 60
    strings:
        $h1 = "X-CMD" nocase fullword
        $h2 = "X-TARGET" nocase fullword
        $h3 = "X-PORT" nocase fullword
        $h4 = "X-STATUS" nocase fullword
        $h5 = "Georg says" nocase
        $socket = "Socket" nocase
        $table = /\bStrTr\s{0,9}\(/
        $decode = /\bblv_?decode|\bb64de\s{0,9}\(/ nocase
    condition:
        $socket and (3 of ($h*) or $h5 or ($table and $decode) or ($table and 1 of ($h*)))
}

rule tunna
{
    meta:
        description = "is a tunnel with the parameters of Tunna"
        family = "Tunna"
        score = 60
    strings:
        $good = "All good to go" nocase
        $tunna = "Tunna" nocase
        $proxy = /["']proxy["']/ nocase
        $port = /["']port["']/ nocase
        $socket = /\b(Socket|TcpClient)\b/ nocase
    condition:
        $socket and ($good or $tunna) and ($proxy or $port)
}

rule reduh
{
    meta:
        description = "is a tunnel with the commands of reDuh"
        family = "reDuh"
        score = 60
    strings:
        $a = "reDuh" nocase
        $b = "[newData]" nocase
        $c = "createSocket" nocase
        $d = "getData" nocase fullword
    condition:
        $a and 1 of ($b, $c, $d)
}

rule abptts
{
    meta:
        description = "is a tunnel of the kind of ABPTTS, TCP over requests"
        family = "ABPTTS"
        score = 60
    strings:
        $a = "abptts" nocase
        $b = "headerValueKey" nocase
        $c = "encryptionKeyHex" nocase
        $d = "ForwardingSocket" nocase
    condition:
        2 of them
}

rule xsl_loader
{
    meta:
        description = "runs a style sheet with script out of the request, like DropHell"
        family = "XSL loader"
        score = 50
    strings:
        $load = /\.LoadXml\s{0,9}\(|XslCompiledTransform|XslTransform/ nocase
        $decode = "FromBase64String" nocase
        $transform = ".Transform(" nocase
        $trusted = /TrustedXslt|XsltSettings\s{0,9}\(\s{0,9}true\s{0,9},\s{0,9}true/ nocase
        $request = /Request\s{0,9}[.\[(]/ nocase
    condition:
        $load and $decode and $transform and $request and ($trusted or filesize < 3KB)
}

rule security_check
{
    meta:
        description = "prints figures for the security products that are there"
        family = "SecChecker"
        score = 40
    strings:
        $a = "xagt" nocase
        $b = "csfalconservice" nocase
        $c = "CbDefense" nocase
        $d = "SentinelAgent" nocase
        $e = "MsMpEng" nocase
        $write = /Response\s{0,9}\.\s{0,9}Write/ nocase
    condition:
        $write and 2 of ($a, $b, $c, $d, $e)
}

rule key_printer
{
    meta:
        description = "prints the keys that sign view states, as in the ToolShell attacks"
        family = "machine key printer"
        score = 60
    strings:
        $section = "MachineKeySection" nocase
        $read = /GetApplicationConfig|system\.web\/machineKey/ nocase
        $key = /ValidationKey|DecryptionKey/ nocase
        $write = /Response\s{0,9}\.\s{0,9}Write|\.Text\s{0,9}=|Output\s{0,9}\.\s{0,9}Write/ nocase
    condition:
        $section and $read and $key and $write
}

rule sharpyshell
{
    meta:
        description = "runs a program that it carries under a key, like SharPyShell"
        family = "SharPyShell"
        score = 60
    strings:
        $name = /SharPy(Shell)?/
        $load = /Assembly\s{0,9}\.\s{0,9}Load|CompileAssemblyFromSource/
        $run = /["']Run["']/
    condition:
        $load and $run and $name
}

rule laudanum
{
    meta:
        description = "answers only addresses on a list of its own, like the pages of Laudanum"
        family = "Laudanum"
        score = 40
    strings:
        $list = "allowedIPs" nocase
        $hide = /Status\s{0,9}=\s{0,9}"404|404 (File )?Not Found/ nocase
        $address = /REMOTE_ADDR|UserHostAddress/ nocase
        $name = "laudanum" nocase
    condition:
        ($list and $hide and $address) or ($name and ($list or $address))
}

rule call_back_shell
{
    meta:
        description = "connects a command shell to a remote address"
        family = "call-back shell"
        score = 60
    strings:
        $a = "CallbackShell" nocase
        $b = "SpawnProcessAsPriv" nocase
        $c = "InsomniaShell" nocase
        $d = "BindPortShell" nocase
        $native = /WSASocket|CreateProcess/ nocase
    condition:
        1 of ($a, $b, $c, $d) and $native
}

rule cmdasp
{
    meta:
        description = "is the command page of Maceo's CmdAsp"
        family = "CmdAsp"
        score = 50
    strings:
        $a = "szTempFile" nocase
        $b = "szCMD" nocase
        $c = "oScriptNet" nocase
        $d = "cmd.exe /c" nocase
    condition:
        $d and 2 of ($a, $b, $c)
}

rule encoded_classic
{
    meta:
        description = "holds a decoder that is known from large shells in classic ASP"
        family = "encoded ASP shell"
        score = 50
    strings:
        $a = "MorfiCoder" nocase
        $b = "ShiSan" nocase
        $c = "bbbEncode" nocase
        $d = /\bUnEncode\s{0,9}\(/ nocase
        $e = "Unlin" nocase fullword
        $run = /\bexecute(global)?\b/ nocase
    condition:
        $run and 1 of ($a, $b, $c, $d, $e)
}

rule large_classic
{
    meta:
        description = "is built like the large shells in classic ASP: files, commands and databases"
        family = "ASP file manager shell"
        score = 60
    strings:
        $a = "UserPass" nocase fullword
        $b = "web2a2dmin" nocase
        $c = "FolderPath" nocase fullword
        $d = "Cmd1Shell" nocase
        $e = "ServuIISDBLoad" nocase
        $f = "CreateMdb" nocase
        $g = "CompactMdb" nocase
        $h = "UpFile" nocase fullword
        $i = "ScanPort" nocase
        $j = "PcAnywhere" nocase
        $k = "radmin" nocase
        $l = "Servu" nocase
        $m = "DbManager" nocase
        $n = "kmuma" nocase
    condition:
        5 of them and 1 of ($d, $e, $i, $j, $k, $l, $n)
}
