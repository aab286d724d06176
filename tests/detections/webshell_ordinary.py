# ruff: noqa: E501
"""Ordinary pages and snippets, of many kinds: none of them is a web shell.

They do, on purpose, what shells do as well: take uploads, read files, start programs, evaluate,
connect to databases and other hosts, map handlers.
"""

from __future__ import annotations

PAGES: dict[str, tuple[str, str]] = {
    "login page": (
        "login.aspx",
        '<%@ Page Language="C#" %>\n<script runat="server">\nprotected void Login_Click(object sender, '
        "EventArgs e)\n{\n  if (FormsAuthentication.Authenticate(user.Text, pass.Text))\n"
        "    FormsAuthentication.RedirectFromLoginPage(user.Text, keep.Checked);\n  else msg.Text = "
        '"Wrong name or password.";\n}\n</script>\n<html><body><form runat="server"><asp:TextBox '
        'id="user" runat="server"/><asp:TextBox id="pass" TextMode="Password" runat="server"/>'
        '<asp:CheckBox id="keep" runat="server"/><asp:Label id="msg" runat="server"/></form></body></html>',
    ),
    "logon of Exchange": (
        "logon.aspx",
        '<%@ Page language="c#" AutoEventWireup="false" Inherits="Microsoft.Exchange.HttpProxy.Logon" %>\n'
        '<%@ Import namespace="Microsoft.Exchange.Clients"%>\n<html><head><script>var a_fRC = 1; '
        "var g_fFcs = 1; eval('1');</script></head><body class=\"<%=Strings.X%>\"><% if (IsRtl) { %>"
        '<div class="rtl"><% } else { %><div><% } %></div></body></html>',
    ),
    "error page of Exchange": (
        "errorFE.aspx",
        '<%@ Page Language="C#" AutoEventWireup="true" CodeBehind="errorFE.aspx.cs" Inherits='
        '"Microsoft.Exchange.HttpProxy.ErrorFE" %>\n<% if (ShowOwaLightLogo) { %><img src="<%= '
        'ThemeManager.GetBaseThemeFileUrl() %>"/><% } %><%=Microsoft.Exchange.Clients.Strings.GetLocalizedString(1)%>',
    ),
    "data binding": (
        "list.aspx",
        '<%@ Page Language="VB" %><asp:Repeater runat="server" id="r"><ItemTemplate><a href=\'show.aspx?id='
        '<%# Eval("Id") %>\'><%# DataBinder.Eval(Container.DataItem, "Name") %></a><%# IIf(CBool(Eval("X")), '
        'Request("a"), "") %></ItemTemplate></asp:Repeater>',
    ),
    "data binding in code": (
        "grid.aspx",
        '<%@ Page Language="C#" %><script runat="server">protected string Price(object o) { return '
        'string.Format("{0:c}", Eval("Price")); }</script><asp:GridView runat="server" id="g"/>',
    ),
    "eval of the client": (
        "client.aspx",
        '<%@ Page Language="C#" %><html><script type="text/javascript">var x = eval("(" + request.'
        "responseText + \")\"); execute(request('a')); eval(Request.responseText);</script><body><%= "
        'Request["day"] %></body></html>',
    ),
    "client ActiveX": (
        "tools.asp",
        '<html><script language="vbscript">\nSet s = CreateObject("WScript.Shell")\ns.Run "notepad.exe " & '
        'document.forms(0).f.value\n</script><%= Server.HTMLEncode(Request("q")) %></html>',
    ),
    "upload with check": (
        "upload.aspx",
        '<%@ Page Language="C#" %><script runat="server">protected void b_Click(object s, EventArgs e) { '
        'if (!f.HasFile) return; string x = Path.GetExtension(f.FileName).ToLower(); if (x != ".jpg" && '
        'x != ".png" && x != ".gif") { m.Text = "Pictures only."; return; } f.SaveAs(Server.MapPath('
        '"~/uploads/") + Guid.NewGuid() + x); m.Text = "Done."; }</script><form runat="server"><asp:FileUpload '
        'id="f" runat="server"/><asp:Button id="b" runat="server" OnClick="b_Click" /><asp:Label id="m" '
        'runat="server"/></form>',
    ),
    "upload of a tutorial": (
        "upload2.aspx",
        '<%@ Page Language="C#" %><script runat="server">protected void b_Click(object s, EventArgs e) { '
        'if (f.HasFile) { f.SaveAs(Server.MapPath("~/Files/" + f.FileName)); m.Text = "Saved " + '
        'f.PostedFile.ContentLength; } }</script><form runat="server"><asp:FileUpload id="f" runat="server"/>'
        '<asp:Label id="m" runat="server"/></form>',
    ),
    "upload handler": (
        "Upload.ashx",
        '<%@ WebHandler Language="C#" Class="Upload" %>\nusing System; using System.IO; using System.Web;\n'
        "public class Upload : IHttpHandler {\n public void ProcessRequest(HttpContext context) {\n"
        '  HttpPostedFile file = context.Request.Files["Filedata"];\n  string path = HttpContext.Current.'
        'Server.MapPath(context.Request["folder"]) + "\\\\";\n  if (file != null) {\n   if (!Directory.Exists('
        "path)) Directory.CreateDirectory(path);\n   string ext = Path.GetExtension(file.FileName);\n   "
        'if (ext == ".exe" || ext == ".aspx") return;\n   file.SaveAs(path + Guid.NewGuid() + ext);\n'
        '   context.Response.Write("1");\n  } else context.Response.Write("0");\n }\n public bool IsReusable '
        "{ get { return false; } }\n}",
    ),
    "picture upload in ASP": (
        "upfile.asp",
        '<!--#include file="conn.asp"-->\n<!--#include FILE="upload.inc"-->\n<%\nif session("admin")="" then '
        'response.redirect "login.asp"\nset upload=new upload_5xsoft\nset file=upload.file("file1")\n'
        'formPath="../uploadfile/"\nif file.fileSize<10 then\nresponse.write "Choose a picture"\nend if\n'
        'fileEXT=lcase(right(file.filename,4))\nif fileEXT<>".gif" and fileEXT<>".jpg" then response.end\n'
        "filename=formPath&year(now)&month(now)&fileEXT\nfile.SaveAs Server.mappath(filename)\n%>",
    ),
    "upload class": (
        "upload.inc.asp",
        '<%\nClass Upload\nPrivate d, s\nPublic Sub Read\nSet d = Server.CreateObject("ADODB.Stream")\n'
        "d.Type = 1\nd.Open\nd.Write Request.BinaryRead(Request.TotalBytes)\nEnd Sub\nPublic Function "
        'SaveAs(FullPath)\nSaveAs = 1\nIf Trim(FullPath) = "" Then Exit Function\nSet s = '
        'CreateObject("ADODB.Stream")\ns.Mode = 3\ns.Type = 1\ns.Open\nd.Position = FileStart\nd.CopyTo s, '
        "FileSize\ns.SaveToFile FullPath, 2\ns.Close\nSaveAs = 0\nEnd Function\nEnd Class\n%>",
    ),
    "download handler": (
        "Download.ashx",
        '<%@ WebHandler Language="C#" Class="Download" %>\nusing System.Web; using System.IO;\npublic class '
        "Download : IHttpHandler { public void ProcessRequest(HttpContext context) { string name = Path."
        'GetFileName(context.Request.QueryString["file"]); string path = context.Server.MapPath("~/docs/" + '
        'name); context.Response.AddHeader("Content-Disposition", "attachment; filename=" + name); '
        "context.Response.TransmitFile(path); } public bool IsReusable { get { return true; } } }",
    ),
    "careless download": (
        "down.aspx",
        '<%@ Page Language="C#" %><% string f = Request.QueryString["f"]; Response.ContentType = '
        '"application/octet-stream"; Response.WriteFile(Server.MapPath(f)); Response.End(); %>',
    ),
    "code viewer": (
        "showcode.asp",
        '<% @ LANGUAGE="VBScript" %>\n<%\nstrFilename = Request.QueryString("source")\nSet fso = Server.'
        'CreateObject("Scripting.FileSystemObject")\nIf InStr(1, strFilename, "/samples/", 1) Then\nSet f = '
        "fso.OpenTextFile(Server.MapPath(strFilename), 1, False)\nWhile Not f.AtEndOfStream\nResponse.Write "
        'Server.HTMLEncode(f.ReadLine) & "<br>"\nWend\nElse\nResponse.Write "Not allowed."\nEnd If\n%>',
    ),
    "web service": (
        "Calc.asmx",
        '<%@ WebService Language="C#" Class="Calc" %>\nusing System.Web.Services;\npublic class Calc : '
        "WebService {\n [WebMethod] public int Add(int a, int b) { return a + b; }\n [WebMethod] public string "
        'Hello(string name) { return "Hello " + name; }\n}',
    ),
    "web service with files": (
        "Docs.asmx",
        '<%@ WebService Language="C#" Class="Docs" %>\nusing System.IO; using System.Web.Services;\npublic '
        'class Docs : WebService { const string Root = @"D:\\Documents\\"; [WebMethod] public byte[] Get('
        "string name) { return File.ReadAllBytes(Path.Combine(Root, Path.GetFileName(name))); } [WebMethod] "
        "public void Put(string name, byte[] data) { File.WriteAllBytes(Path.Combine(Root, Path.GetFileName("
        "name)), data); } }",
    ),
    "service file": (
        "Autodiscover.svc",
        '<%@ ServiceHost Language="C#" Debug="false" Service="Microsoft.Exchange.Autodiscover.WCF.'
        'LegacyAutodiscoverService" Factory="System.ServiceModel.Activation.ServiceHostFactory" %>',
    ),
    "service with code": (
        "Time.svc",
        '<%@ ServiceHost Language="C#" Service="T.Time" %>\nusing System; using System.ServiceModel;\n'
        "namespace T { [ServiceContract] public class Time { [OperationContract] public string Now(string "
        "zone) { return TimeZoneInfo.ConvertTime(DateTime.Now, TimeZoneInfo.FindSystemTimeZoneById(zone))."
        "ToString(); } } }",
    ),
    "web.config of a panel": (
        "web.config",
        '<?xml version="1.0"?><configuration><system.web><machineKey validationKey="AutoGenerate,'
        'IsolateApps" decryptionKey="AutoGenerate" /><compilation debug="false"><assemblies><add assembly='
        '"Microsoft.Exchange.Common, Version=15.0.0.0"/></assemblies></compilation></system.web>'
        '<system.webServer><handlers><add name="Themes" path="*.css" verb="GET" type="Microsoft.Exchange.'
        'Management.ControlPanel.ThemeHandler" /><add name="svc" path="*.svc" verb="*" type="System.'
        'ServiceModel.Activation.HttpHandler" /><add name="aspx" path="*.aspx" verb="*" type="System.Web.'
        'UI.PageHandlerFactory"/></handlers><modules><add name="Auth" type="Microsoft.Exchange.HttpProxy.'
        'FbaModule"/></modules></system.webServer></configuration>',
    ),
    "web.config of ELMAH": (
        "web.config",
        '<configuration><system.web><httpHandlers><add verb="POST,GET,HEAD" path="elmah.axd" type="Elmah.'
        'ErrorLogPageFactory, Elmah" /><add verb="GET,HEAD" path="ScriptResource.axd" type="System.Web.'
        'Handlers.ScriptResourceHandler" validate="false"/><add verb="*" path="*.asmx" type="System.Web.'
        'Script.Services.ScriptHandlerFactory"/><add path="Reserved.ReportViewerWebControl.axd" verb="*" '
        'type="Microsoft.Reporting.WebForms.HttpHandler"/><add path="ChartImg.axd" verb="GET" type="System.'
        'Web.UI.DataVisualization.Charting.ChartHttpHandler"/></httpHandlers></system.web></configuration>',
    ),
    "web.config of a static handler": (
        "web.config",
        '<configuration><system.webServer><staticContent><mimeMap fileExtension=".json" mimeType='
        '"application/json"/></staticContent><handlers><add name="JS" path="*.js" verb="GET" type="Combres.'
        'CombresHandler"/><add name="img" path="*.jpg" verb="*" type="ImageResizer.InterceptModule"/><add '
        'name="html" path="*.html" verb="*" type="System.Web.StaticFileHandler" /></handlers><rewrite><rules>'
        '<rule name="https"><match url="(.*)"/><action type="Redirect" url="https://{HTTP_HOST}/{R:1}"/>'
        "</rule></rules></rewrite></system.webServer></configuration>",
    ),
    "guest book": (
        "guestbook.asp",
        '<%\nDim fso, f, n\nSet fso = Server.CreateObject("Scripting.FileSystemObject")\nSet f = fso.'
        'OpenTextFile(Server.MapPath("counter.txt"), 1)\nn = CLng(f.ReadLine) + 1\nf.Close\nSet f = fso.'
        'CreateTextFile(Server.MapPath("counter.txt"), True)\nf.Write n\nf.Close\nIf Request.Form("text") <> '
        '"" Then\nSet f = fso.OpenTextFile(Server.MapPath("book.txt"), 8, True)\nf.WriteLine Server.HTMLEncode('
        'Request.Form("text"))\nf.Close\nEnd If\nResponse.Write "Visitor " & n\n%>',
    ),
    "shop": (
        "product.asp",
        '<!--#include file="inc/conn.asp"-->\n<%\nid = CInt(Request("id"))\nSet rs = Server.CreateObject('
        '"ADODB.Recordset")\nrs.Open "select * from product where id=" & id, conn, 1, 1\nIf Not rs.EOF Then '
        'Response.Write rs("name")\nconn.Execute("update product set hits=hits+1 where id=" & id)\n%>',
    ),
    "shop, careless": (
        "search.asp",
        '<%\nSet conn = Server.CreateObject("ADODB.Connection")\nconn.Open "provider=microsoft.jet.oledb.4.0;'
        'data source=" & Server.MapPath("db/shop.mdb")\nkey = Request("key")\nSet rs = conn.Execute("select * '
        'from product where name like \'%" & key & "%\'")\n%>',
    ),
    "configuration writer": (
        "setup.asp",
        '<!--#include file="admin_check.asp"-->\n<%\nSet fso = Server.CreateObject("Scripting.'
        'FileSystemObject")\nSet f = fso.CreateTextFile(Server.MapPath("../inc/config.asp"), True)\nf.WriteLine '
        '"<" & "%"\nf.WriteLine "SiteName=""" & Replace(Request.Form("name"), """", "") & """"\nf.WriteLine '
        '"%" & ">"\nf.Close\n%>',
    ),
    "static page writer": (
        "make.asp",
        '<!--#include file="../inc/conn.asp"-->\n<%\nSet fso = CreateObject("Scripting.FileSystemObject")\n'
        'Set f = fso.CreateTextFile(Server.MapPath("../html/" & rs("id") & ".html"), True)\nf.Write content\n'
        "f.Close\n%>",
    ),
    "template editor": (
        "template.asp",
        '<!--#include file="admin_check.asp"-->\n<%\nname = Request("name")\nSet fso = Server.CreateObject('
        '"Scripting.FileSystemObject")\nIf Request("act") = "save" Then\nSet f = fso.CreateTextFile('
        'Server.MapPath("../template/" & name), True)\nf.Write Request.Form("content")\nElse\nSet f = fso.'
        'OpenTextFile(Server.MapPath("../template/" & name))\nResponse.Write Server.HTMLEncode(f.ReadAll)\n'
        "End If\n%>",
    ),
    "JSON of a request": (
        "api.asp",
        '<script language="JScript" runat="server">\nfunction parse(s) { var o = null; try { o = eval("(" + s '
        '+ ")"); } catch (e) {} return o; }\n</script>\n<%\nSet o = parse(data)\nResponse.Write o.name\n%>',
    ),
    "names built for variables": (
        "vars.asp",
        '<%\nFor i = 1 To 5\nExecute("a" & i & " = rs(""f" & i & """)")\nNext\nx = Eval("a" & n)\n%>',
    ),
    "includes at run time": (
        "lib.asp",
        '<%\nSub Include(name)\nSet s = Server.CreateObject("ADODB.Stream")\ns.Charset = "utf-8"\ns.Open\n'
        's.LoadFromFile Server.MapPath("lib/" & name & ".asp")\nExecuteGlobal s.ReadText\ns.Close\nEnd Sub\n'
        'Include "strings"\nSet page = New HtmlPage\npage.Title = "News"\n'
        + "page.Add item\n" * 60
        + "%>",
    ),
    "registered components": (
        "components.asp",
        '<%\nDim list(2)\nlist(0) = "ADODB.Connection"\nlist(1) = "Scripting.FileSystemObject"\nlist(2) = '
        '"JMail.SMTPMail"\nFor Each c In list\nOn Error Resume Next\nSet t = Server.CreateObject(c)\nResponse.'
        'Write c & IIf(Err = 0, " yes", " no")\nNext\nFor Each v In Request.ServerVariables\nResponse.Write v\n'
        "Next\n%>",
    ),
    "mail form": (
        "contact.asp",
        '<%\nSet m = Server.CreateObject("CDO.Message")\nm.From = Request.Form("from")\nm.To = '
        '"office@example.org"\nm.Subject = "Question"\nm.TextBody = Request.Form("text")\nm.Send\n%>',
    ),
    "environment variable": (
        "env.asp",
        '<%\nSet s = Server.CreateObject("WScript.Shell")\nResponse.Write s.ExpandEnvironmentStrings('
        '"%COMPUTERNAME%")\nResponse.Write Request("page")\n%>',
    ),
    "connector": (
        "connector.aspx",
        '<%@ Page Language="c#" Trace="false" Inherits="FredCK.FCKeditorV2.FileBrowser.Connector" '
        'AutoEventWireup="false" %>\n<%@ Register Src="config.ascx" TagName="Config" TagPrefix="FCKeditor" %>\n'
        '<FCKeditor:Config id="Config" runat="server"></FCKeditor:Config>',
    ),
    "connector settings": (
        "config.ascx",
        '<%@ Control Language="C#" EnableViewState="false" AutoEventWireup="false" Inherits="CKFinder.'
        'Settings.ConfigFile" %>\n<script runat="server">\npublic override bool CheckAuthentication() { return '
        'false; }\npublic override void SetConfig() { BaseUrl = "/userfiles/"; BaseDir = ""; AccessControl acl '
        '= AccessControl.Add(); acl.Folder = "/"; acl.FolderCreate = true; acl.FileUpload = true; Thumbnails.'
        'Dir = ""; }\n</script>',
    ),
    "connector in ASP": (
        "commands.asp",
        "<%\nSub GetFolders(resourceType, currentFolder)\nDim sServerDir\nsServerDir = ServerMapFolder("
        'resourceType, currentFolder)\nSet oFSO = Server.CreateObject("Scripting.FileSystemObject")\nSet '
        "oFolders = oFSO.GetFolder(sServerDir).SubFolders\nFor Each f In oFolders\nResponse.Write f.name\nNext\n"
        "End Sub\nFunction ServerMapFolder(resourceType, folderPath)\nServerMapFolder = Server.MapPath("
        'ConfigUserFilesPath & resourceType & folderPath)\nEnd Function\nGetFolders Request.QueryString("Type"), '
        'Request.QueryString("CurrentFolder")\n%>',
    ),
    "captcha": (
        "captcha.ashx",
        '<%@ WebHandler Language="C#" Class="Captcha" %>\nusing System.Drawing; using System.Web;\npublic class '
        "Captcha : IHttpHandler, System.Web.SessionState.IRequiresSessionState { public void ProcessRequest("
        "HttpContext context) { string code = new System.Random().Next(1000, 9999).ToString(); context.Session["
        '"captcha"] = code; using (var b = new Bitmap(60, 20)) { Graphics.FromImage(b).DrawString(code, new '
        'Font("Arial", 12), Brushes.Black, 0, 0); b.Save(context.Response.OutputStream, System.Drawing.Imaging.'
        "ImageFormat.Gif); } } public bool IsReusable { get { return false; } } }",
    ),
    "thumbnail": (
        "thumb.ashx",
        '<%@ WebHandler Language="C#" Class="Thumb" %>\nusing System.Drawing; using System.Web;\npublic class '
        "Thumb : IHttpHandler { public void ProcessRequest(HttpContext c) { string p = c.Server.MapPath(c.Request["
        '"path"]); using (var i = Image.FromFile(p)) i.GetThumbnailImage(90, 90, null, System.IntPtr.Zero).Save('
        "c.Response.OutputStream, System.Drawing.Imaging.ImageFormat.Jpeg); } public bool IsReusable { get { "
        "return true; } } }",
    ),
    "proxy with a list": (
        "proxy.ashx",
        '<%@ WebHandler Language="C#" Class="proxy" %>\nusing System; using System.IO; using System.Net; using '
        "System.Web;\npublic class proxy : IHttpHandler {\n public void ProcessRequest(HttpContext context) {\n"
        "  HttpResponse response = context.Response;\n  string uri = Uri.UnescapeDataString(context.Request."
        "QueryString.ToString());\n  if (!ProxyConfig.GetCurrentConfig().IsAllowed(uri)) { response.StatusCode = "
        "403; response.End(); return; }\n  HttpWebRequest req = (HttpWebRequest)HttpWebRequest.Create(new Uri("
        "uri));\n  req.Method = context.Request.HttpMethod;\n  if (context.Request.InputStream.Length > 0) { "
        "byte[] bytes = new byte[context.Request.InputStream.Length]; context.Request.InputStream.Read(bytes, 0, "
        "bytes.Length); req.ContentLength = bytes.Length; using (Stream s = req.GetRequestStream()) s.Write("
        'bytes, 0, bytes.Length); }\n  req.Referer = context.Request.Headers["referer"];\n  WebResponse '
        "serverResponse = req.GetResponse();\n  using (Stream s = serverResponse.GetResponseStream()) { byte[] "
        "buf = new byte[4096]; int n; while ((n = s.Read(buf, 0, 4096)) > 0) response.OutputStream.Write(buf, 0, "
        "n); }\n  response.End();\n }\n public bool IsReusable { get { return false; } }\n}",
    ),
    "proxy in ASP": (
        "weather.asp",
        '<%\nSet x = Server.CreateObject("MSXML2.ServerXMLHTTP")\nx.open "GET", "http://api.example.org/w?c=" & '
        'Server.URLEncode(Request("city")), False\nx.send\nResponse.ContentType = "text/xml"\nResponse.Write '
        "x.responseText\n%>",
    ),
    "feed kept on disk": (
        "feed.asp",
        '<%\nSet x = Server.CreateObject("MSXML2.ServerXMLHTTP")\nx.open "GET", "http://news.example.org/rss", '
        'False\nx.send\nSet s = Server.CreateObject("ADODB.Stream")\ns.Type = 1\ns.Open\ns.Write x.responseBody\n'
        's.SaveToFile Server.MapPath("cache/rss.xml"), 2\n%>',
    ),
    "remote picture": (
        "remote.asp",
        '<%\nFunction SaveRemoteFile(LocalFileName, RemoteFileUrl)\nSet r = Server.CreateObject("Microsoft.'
        'XMLHTTP")\nr.Open "Get", RemoteFileUrl, False\nr.Send\nSet a = Server.CreateObject("ADODB.Stream")\n'
        'a.Type = 1\na.Open\na.Write r.ResponseBody\na.SaveToFile Server.MapPath("../uploadfile/" & '
        'LocalFileName), 2\nEnd Function\nSet re = New RegExp\nre.Pattern = "http:.+?\\.(gif|jpg|bmp|png)"\nFor '
        'Each u In re.Execute(Request.Form("content"))\nSaveRemoteFile n & ".jpg", u\nNext\n%>',
    ),
    "dialog handler": (
        "Telerik.Web.UI.DialogHandler.aspx",
        '<%@ Page Language="C#" Inherits="Telerik.Web.UI.DialogHandlerNoSession" %>',
    ),
    "master page": (
        "Site.master",
        '<%@ Master Language="C#" AutoEventWireup="true" CodeFile="Site.master.cs" Inherits="Site" %>\n<html>'
        '<head runat="server"><title><%= Page.Title %></title></head><body><form runat="server">'
        '<asp:ContentPlaceHolder id="main" runat="server"/></form></body></html>',
    ),
    "content page": (
        "About.aspx",
        '<%@ Page Title="About" Language="C#" MasterPageFile="~/Site.master" %>\n<asp:Content ContentPlaceHolderID='
        '"main" runat="server"><p><%: DateTime.Now.Year %></p></asp:Content>',
    ),
    "application": (
        "global.asax",
        '<%@ Application Language="C#" %>\n<script runat="server">\nvoid Application_Error(object sender, '
        "EventArgs e) { Exception x = Server.GetLastError(); System.IO.File.AppendAllText(Server.MapPath("
        '"~/App_Data/errors.txt"), x.ToString() + Request.RawUrl + Request.UserAgent); }\nvoid Session_Start('
        'object sender, EventArgs e) { Application.Lock(); Application["n"] = (int)Application["n"] + 1; '
        "Application.UnLock(); }\n</script>",
    ),
    "site map": (
        "sitemap.ashx",
        '<%@ WebHandler Language="VB" Class="SiteMapHandler" %>\nImports System.Web\nImports System.Xml\nPublic '
        "Class SiteMapHandler : Implements IHttpHandler\nPublic Sub ProcessRequest(ByVal context As HttpContext) "
        "Implements IHttpHandler.ProcessRequest\nDim w As XmlWriter = XmlWriter.Create(context.Response."
        'OutputStream)\nw.WriteStartElement("urlset")\nw.WriteEndElement()\nEnd Sub\nPublic ReadOnly Property '
        "IsReusable As Boolean Implements IHttpHandler.IsReusable\nGet\nReturn True\nEnd Get\nEnd Property\nEnd "
        "Class",
    ),
    "report": (
        "Report.aspx",
        '<%@ Page Language="C#" %><%@ Register assembly="Microsoft.ReportViewer.WebForms" namespace="Microsoft.'
        'Reporting.WebForms" tagprefix="rsweb" %><script runat="server">protected void Page_Load(object s, '
        'EventArgs e) { if (!IsPostBack) { v.ServerReport.ReportPath = "/Sales/" + Request["report"]; v.'
        'ServerReport.Refresh(); } }</script><form runat="server"><rsweb:ReportViewer id="v" runat="server"/>'
        "</form>",
    ),
    "report with a database": (
        "Sales.aspx",
        '<%@ Page Language="C#" %><%@ Import Namespace="System.Data.SqlClient" %><script runat="server">void '
        "Page_Load(object s, EventArgs e) { using (var c = new SqlConnection(ConfigurationManager."
        'ConnectionStrings["main"].ConnectionString)) { c.Open(); var q = new SqlCommand("select * from sales '
        'where y = @y", c); q.Parameters.AddWithValue("@y", Request["year"]); g.DataSource = q.ExecuteReader(); '
        'g.DataBind(); } }</script><asp:GridView id="g" runat="server"/>',
    ),
    "administrator's query page": (
        "sql.aspx",
        '<%@ Page Language="C#" %><%@ Import Namespace="System.Data.SqlClient" %><script runat="server">void '
        'run_Click(object s, EventArgs e) { if (!User.IsInRole("Administrators")) { Response.StatusCode = 403; '
        'return; } var a = new SqlDataAdapter(q.Text, ConfigurationManager.ConnectionStrings["main"].'
        "ConnectionString); var t = new System.Data.DataTable(); a.Fill(t); g.DataSource = t; g.DataBind(); }"
        '</script><form runat="server"><asp:TextBox id="q" runat="server"/><asp:Button id="run" runat="server" '
        'OnClick="run_Click"/><asp:GridView id="g" runat="server"/></form>',
    ),
    "ping page": (
        "ping.aspx",
        '<%@ Page Language="C#" %><%@ Import Namespace="System.Diagnostics" %><script runat="server">void '
        "go_Click(object s, EventArgs e) { if (!System.Text.RegularExpressions.Regex.IsMatch(host.Text, "
        '@"^[\\w.-]+$")) return; var p = new ProcessStartInfo("ping.exe", "-n 4 " + host.Text); p.UseShellExecute '
        "= false; p.RedirectStandardOutput = true; o.Text = Process.Start(p).StandardOutput.ReadToEnd(); }"
        '</script><form runat="server"><asp:TextBox id="host" runat="server"/><asp:Button id="go" runat="server" '
        'OnClick="go_Click"/><asp:Label id="o" runat="server"/></form>',
    ),
    "ping without a program": (
        "ping2.aspx",
        '<%@ Page Language="C#" %><%@ Import Namespace="System.Net.NetworkInformation" %><% var r = new Ping().'
        'Send(Request["host"] ?? "localhost"); Response.Write(r.Status + " " + r.RoundtripTime); %>',
    ),
    "converter": (
        "pdf.ashx",
        '<%@ WebHandler Language="C#" Class="Pdf" %>\nusing System.Diagnostics; using System.Web;\npublic class '
        'Pdf : IHttpHandler { public void ProcessRequest(HttpContext c) { int id = int.Parse(c.Request["id"]); '
        'var i = new ProcessStartInfo(c.Server.MapPath("~/bin/wkhtmltopdf.exe"), "http://localhost/print.aspx?id=" '
        '+ id + " out.pdf"); Process.Start(i).WaitForExit(); c.Response.TransmitFile("out.pdf"); } public bool '
        "IsReusable { get { return false; } } }",
    ),
    "whois": (
        "whois.aspx",
        '<%@ Page Language="C#" %><%@ Import Namespace="System.Net.Sockets" %><script runat="server">void '
        'b_Click(object s, EventArgs e) { var c = new TcpClient("whois.internic.net", 43); var w = new System.IO.'
        "StreamWriter(c.GetStream()); w.WriteLine(d.Text); w.Flush(); o.Text = new System.IO.StreamReader(c."
        'GetStream()).ReadToEnd(); }</script><form runat="server"><asp:TextBox id="d" runat="server"/><asp:Label '
        'id="o" runat="server"/></form>',
    ),
    "machine page of an administrator": (
        "status.aspx",
        '<%@ Page Language="C#" %><html><body><h1><%= Environment.MachineName %></h1><% foreach (var d in '
        "System.IO.DriveInfo.GetDrives()) { %><p><%= d.Name %> <%= d.IsReady ? d.AvailableFreeSpace : 0 %></p>"
        "<% } %><p><%= Environment.OSVersion %></p></body></html>",
    ),
    "inert page": (
        "holiday.aspx",
        '<%@ Page Language="C#" %><html><body><p runat="server" id="p">We are closed on Monday.</p></body></html>',
    ),
    "redirect": ("default.asp", '<% Response.Redirect "/owa" %>'),
    "redirect by host": (
        "index.aspx",
        '<%@ Page Language="C#" %><% if (Request.Url.Host == "mail.example.org") Response.Redirect("/owa"); else '
        'Server.Transfer(Request.QueryString["p"] == "1" ? "a.aspx" : "b.aspx"); %>',
    ),
    "Razor page": (
        "Index.cshtml",
        '@model IEnumerable<Shop.Product>\n@{ ViewBag.Title = "Products"; Layout = "~/Views/_Layout.cshtml"; var q '
        '= Request["q"]; }\n<h2>Don\'t miss</h2>@foreach (var p in Model) { <li>@Html.ActionLink(p.Name, "Show", '
        'new { id = p.Id })</li> }\n@Html.Raw(q) <a href="mailto:a@example.org">a@example.org</a>\n<script>eval('
        '"x");</script>',
    ),
    "Razor upload": (
        "Upload.cshtml",
        "@{ if (IsPost) { var f = Request.Files[0]; var n = System.IO.Path.GetFileName(f.FileName); f.SaveAs("
        'Server.MapPath("~/App_Data/Uploads/" + n)); <p>Saved @n</p> } }\n<form method="post" enctype="multipart/'
        'form-data"><input type="file" name="f"/></form>',
    ),
    "transformation with script": (
        "dates.xslt",
        '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:msxsl="urn:schemas-'
        'microsoft-com:xslt" xmlns:u="urn:u"><msxsl:script language="C#" implements-prefix="u"><![CDATA[ public '
        'string Today() { return System.DateTime.Today.ToString("d"); } public string Get() { return System.Web.'
        'HttpContext.Current.Request["page"]; } ]]></msxsl:script><xsl:template match="/"><xsl:value-of select='
        '"u:Today()"/></xsl:template></xsl:stylesheet>',
    ),
    "transformation in a page": (
        "view.aspx",
        '<%@ Page Language="C#" %><% var t = new System.Xml.Xsl.XslCompiledTransform(); t.Load(Server.MapPath('
        '"view.xslt")); t.Transform(Server.MapPath("data/" + int.Parse(Request["id"]) + ".xml"), null, Response.'
        "OutputStream); %>",
    ),
    "view state kept elsewhere": (
        "compressed.aspx",
        '<%@ Page Language="C#" %><script runat="server">protected override object '
        'LoadPageStateFromPersistenceMedium() { string v = Request.Form["__VSTATE"]; byte[] b = Convert.'
        "FromBase64String(v); return new LosFormatter().Deserialize(Convert.ToBase64String(b)); }</script>",
    ),
    "dispatcher": (
        "Api.ashx",
        '<%@ WebHandler Language="C#" Class="Api" %>\nusing System.Web; using System.Reflection;\npublic class Api '
        ": IHttpHandler { public void ProcessRequest(HttpContext context) { string action = context.Request["
        '"action"]; MethodInfo m = this.GetType().GetMethod(action); if (m != null) m.Invoke(this, new object[] { '
        'context }); } public void List(HttpContext context) { context.Response.Write("[]"); } public bool '
        "IsReusable { get { return false; } } }",
    ),
    "plug-ins": (
        "plugins.aspx",
        '<%@ Page Language="C#" %><% var a = System.Reflection.Assembly.Load("Shop.Plugins"); foreach (var t in a.'
        "GetTypes()) Response.Write(t.FullName); var v = System.Reflection.Assembly.GetExecutingAssembly()."
        "GetName().Version; %>",
    ),
    "impersonation": (
        "imp.aspx",
        '<%@ Page Language="C#" %><script runat="server">[System.Runtime.InteropServices.DllImport("advapi32.dll")] '
        "static extern bool LogonUser(string u, string d, string p, int t, int r, ref System.IntPtr h);\nvoid "
        'Page_Load(object s, EventArgs e) { var h = System.IntPtr.Zero; if (LogonUser(u.Text, "CORP", p.Text, 3, '
        '0, ref h)) Response.Redirect("home.aspx"); }</script><form runat="server"><asp:TextBox id="u" runat="'
        'server"/><asp:TextBox id="p" runat="server"/></form>',
    ),
    "password page": (
        "reset.aspx",
        '<%@ Page Language="C#" %><script runat="server">void b_Click(object s, EventArgs e) { var d = new System.'
        'DirectoryServices.DirectoryEntry("LDAP://dc=corp,dc=example,dc=org", u.Text, o.Text); var f = new System.'
        'DirectoryServices.DirectorySearcher(d, "(sAMAccountName=" + u.Text + ")"); f.FindOne().GetDirectoryEntry().'
        'Invoke("ChangePassword", new object[] { o.Text, n.Text }); }</script><form runat="server"><asp:TextBox id='
        '"u" runat="server"/><asp:TextBox id="o" runat="server"/><asp:TextBox id="n" runat="server"/></form>',
    ),
    "log viewer": (
        "log.aspx",
        '<%@ Page Language="C#" %><% var day = DateTime.Parse(Request["day"] ?? "2021-01-01"); var f = Server.'
        'MapPath("~/App_Data/log/" + day.ToString("yyyyMMdd") + ".txt"); if (System.IO.File.Exists(f)) Response.'
        "Write(Server.HtmlEncode(System.IO.File.ReadAllText(f))); %>",
    ),
    "log deletion": (
        "clean.aspx",
        '<%@ Page Language="C#" %><% foreach (var f in System.IO.Directory.GetFiles(Server.MapPath("~/temp"))) if ('
        "System.IO.File.GetCreationTime(f) < DateTime.Now.AddDays(-1)) System.IO.File.Delete(f); %>",
    ),
    "gallery": (
        "gallery.asp",
        '<%\nSet fso = Server.CreateObject("Scripting.FileSystemObject")\nalbum = Request("album")\nFor Each f In '
        'fso.GetFolder(Server.MapPath("albums/" & album)).Files\nIf LCase(Right(f.Name, 4)) = ".jpg" Then Response.'
        'Write "<img src=albums/" & album & "/" & f.Name & ">"\nNext\n%>',
    ),
    "file list of an intranet": (
        "files.aspx",
        '<%@ Page Language="C#" %><script runat="server">void Page_Load(object s, EventArgs e) { string root = '
        'Server.MapPath("~/shared/"); string d = System.IO.Path.Combine(root, Request["dir"] ?? ""); if (!System.IO.'
        "Path.GetFullPath(d).StartsWith(root)) return; foreach (string f in System.IO.Directory.GetFiles(d)) Response."
        'Write(f); if (Request["del"] != null) System.IO.File.Delete(System.IO.Path.Combine(root, Request["del"])); }'
        "</script>",
    ),
    "session lists": (
        "cart.asp",
        '<%\nSession("cart") = Session("cart") & "," & Request("id")\nFor Each i In Split(Session("cart"), ",")\n'
        "Response.Write i\nNext\n%>",
    ),
    "regular expression": (
        "match.asp",
        '<%\nSet re = New RegExp\nre.Pattern = "^[a-z]+$"\nSet m = re.Execute(Request("name"))\nResponse.Write m.'
        "Count\n%>",
    ),
    "stored procedure": (
        "proc.asp",
        '<%\nSet cmd = Server.CreateObject("ADODB.Command")\ncmd.CommandText = "sp_list"\ncmd.Parameters.Append cmd.'
        'CreateParameter("@a", 200, 1, 50, Request("a"))\nSet rs = cmd.Execute\n%>',
    ),
    "article about shells": (
        "article.aspx",
        '<%@ Page Language="C#" MasterPageFile="~/m.master" %><asp:Content runat="server" ContentPlaceHolderID="c"><p>'
        'A one-line web shell looks like &lt;%eval request("x")%&gt;, and runs cmd.exe.</p></asp:Content>',
    ),
    "cookie of a theme": (
        "theme.aspx",
        '<%@ Page Language="C#" %><script runat="server">protected void Page_PreInit(object s, EventArgs e) { var c = '
        'Request.Cookies["theme"]; if (c != null) Theme = c.Value; }</script>',
    ),
    "error handler in ASP": (
        "500-100.asp",
        '<%@ language="VBScript" %>\n<%\nOption Explicit\nDim e\nSet e = Server.GetLastError()\nIf e.ASPCode > "" '
        'Then Response.Write Server.HTMLEncode(", " & e.ASPCode)\nDim m\nm = Request.ServerVariables("REQUEST_METHOD")\n'
        'Response.Write Request.ServerVariables("HTTP_USER_AGENT") & Request.TotalBytes\n%>',
    ),
    "certificate": ("server.cer", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
    "counter with the registry": (
        "reg.asp",
        '<%\nSet s = Server.CreateObject("WScript.Shell")\nv = s.RegRead("HKLM\\Software\\Shop\\Version")\nResponse.'
        "Write v\n%>",
    ),
    "charts": (
        "chart.aspx",
        '<%@ Page Language="C#" %><%@ Register assembly="System.Web.DataVisualization" namespace="System.Web.UI.'
        'DataVisualization.Charting" tagprefix="asp" %><asp:Chart id="c" runat="server" ImageLocation="~/t/c_#SEQ" />'
        '<script runat="server">void Page_Load() { c.Series[0].Points.AddXY(1, double.Parse(Request["y"])); }</script>',
    ),
    "menu of SharePoint": (
        "settings.aspx",
        '<%@ Assembly Name="Microsoft.SharePoint.ApplicationPages"%><%@ Page Language="C#" DynamicMasterPageFile="'
        '~masterurl/default.master" Inherits="Microsoft.SharePoint.ApplicationPages.SettingsPage" %><%@ Import Namespace='
        '"Microsoft.SharePoint.ApplicationPages" %><script runat="server">protected override void OnLoad(EventArgs e) { '
        'SPWeb web = SPControl.GetContextWeb(Context); string id = Request.QueryString["List"]; SPList l = web.Lists[new '
        "Guid(id)]; l.Update(); }</script>",
    ),
    "property dump of an administrator": (
        "oab.aspx",
        "Name                            : OAB (Default Web Site)\nInternalUrl                     : https://mail."
        "example.org/OAB\nExternalUrl                     : https://mail.example.org/OAB\nMetabasePath                    "
        ": IIS://mail/W3SVC/1/ROOT/OAB\nInternalAuthenticationMethods   : WindowsIntegrated\n",
    ),
    "templates of a client": (
        "templates.html",
        '<script type="text/template"><% _.each(items, function(i) { %><li><%= i.name %></li><% }); %></script><script>'
        'eval("1")</script>',
    ),
    "keep alive": (
        "keepalive.ashx",
        '<%@ WebHandler Language="C#" Class="K" %>\npublic class K : System.Web.IHttpHandler, System.Web.SessionState.'
        "IReadOnlySessionState { public void ProcessRequest(System.Web.HttpContext c) { c.Response.StatusCode = 204; } "
        "public bool IsReusable { get { return true; } } }",
    ),
    "deployment hook": (
        "deploy.aspx",
        '<%@ Page Language="C#" %><% if (Request.Headers["X-Token"] == System.Configuration.ConfigurationManager.'
        'AppSettings["token"]) System.Diagnostics.Process.Start(Server.MapPath("~/deploy/deploy.exe")); %>',
    ),
    "mailing list": (
        "list.asp",
        '<!--#include virtual="/inc/header.asp"-->\n<%\nDim mail\nmail = Request.Form("mail")\nIf InStr(mail, "@") Then\n'
        'conn.Execute "insert into list values (\'" & Replace(mail, "\'", "\'\'") & "\')"\nSet j = Server.CreateObject('
        '"JMail.Message")\nj.AddRecipient mail\nj.Send "127.0.0.1"\nEnd If\n%>',
    ),
    "tree of folders": (
        "tree.aspx",
        '<%@ Page Language="C#" %><% string dir = Request.Form["dir"]; if (dir == null || dir.Length <= 0) dir = "/"; else dir = '
        'Server.UrlDecode(dir); var d = new System.IO.DirectoryInfo(dir); Response.Write("<ul>"); foreach (System.IO.'
        'DirectoryInfo c in d.GetDirectories()) Response.Write("<li class=\\"folder\\"><a rel=\\"" + dir + c.Name + "/\\">" + c.'
        'Name + "</a></li>"); foreach (System.IO.FileInfo f in d.GetFiles()) { string x = ""; if (f.Extension.Length > 1) x = f.'
        'Extension.Substring(1).ToLower(); Response.Write("<li class=\\"" + x + "\\"><a rel=\\"" + dir + f.Name + "\\">" + f.Name '
        '+ "</a></li>"); } Response.Write("</ul>"); %>',
    ),
    "file manager of an editor": (
        "files.ashx",
        '<%@ WebHandler Language="C#" Class="F" %>\nusing System; using System.IO; using System.Text; using System.Web;\npublic class '
        "F : IHttpHandler {\n string List(string path) { var b = new StringBuilder(); var root = new DirectoryInfo(HttpContext."
        "Current.Server.MapPath(path)); foreach (var d in root.GetDirectories()) b.Append(Path.Combine(path, d.Name)); return b."
        "ToString(); }\n string Rename(string path, string name) { var i = new DirectoryInfo(HttpContext.Current.Server.MapPath("
        "path)); Directory.Move(HttpContext.Current.Server.MapPath(path), Path.Combine(i.Parent.FullName, name)); return path; }\n "
        "string Delete(string path) { File.Delete(HttpContext.Current.Server.MapPath(path)); return path; }\n string Upload(string "
        'path, HttpFileCollection files) { var f = files[0]; if (!Path.GetExtension(f.FileName).Equals(".jpg")) return null; f.'
        "SaveAs(HttpContext.Current.Server.MapPath(Path.Combine(path, Path.GetFileName(f.FileName)))); return path; }\n public void "
        'ProcessRequest(HttpContext context) { switch (context.Request["mode"]) { case "list": context.Response.Write(List(context.'
        'Request["path"])); break; case "rename": context.Response.Write(Rename(context.Request["old"], context.Request["new"])); '
        'break; case "delete": context.Response.Write(Delete(context.Request["path"])); break; case "upload": context.Response.Write('
        'Upload(context.Request["path"], context.Request.Files)); break; } }\n public bool IsReusable { get { return false; } }\n}',
    ),
    "upload script of a library": (
        "Uploader.ashx",
        '<%@ WebHandler Language="C#" Class="U" %>\nusing System.IO; using System.Web;\npublic class U : IHttpHandler { public void '
        'ProcessRequest(HttpContext context) { HttpPostedFile file = context.Request.Files["Filedata"]; string path = HttpContext.'
        'Current.Server.MapPath(@context.Request["folder"]) + "\\\\"; if (file != null) { if (!Directory.Exists(path)) Directory.'
        'CreateDirectory(path); file.SaveAs(path + file.FileName); context.Response.Write("1"); } } public bool IsReusable { get { '
        "return false; } } }",
    ),
    "words that are refused": (
        "filter.asp",
        '<%\nbad = "exec|insert|select|delete|update|count|*|%|chr|mid|master|truncate|char|declare|xp_cmdshell|net user"\nFor Each '
        'w In Split(bad, "|")\nFor Each k In Request.QueryString\nIf InStr(LCase(Request.QueryString(k)), w) > 0 Then Response.End\n'
        "Next\nNext\n%>",
    ),
    "backup of a database": (
        "backup.asp",
        '<!--#include file="conn.asp"-->\n<%\nDbpath = Request.Form("Dbpath")\nDbpath = Server.MapPath(Dbpath)\nbkfolder = Request.'
        'Form("bkfolder")\nSet Fso = Server.CreateObject("Scripting.FileSystemObject")\nIf Fso.FileExists(Dbpath) Then Fso.CopyFile '
        'Dbpath, bkfolder & "\\\\" & Request.Form("bkname")\n%>',
    ),
    "scanner for shells": (
        "scan.asp",
        '<!--#include file="check.asp"-->\n<%\nSet fso = Server.CreateObject("Scripting.FileSystemObject")\nSet re = New RegExp\nre.'
        'Pattern = "\\bexecute\\s*\\(?\\s*request|eval\\s*request|wscript.shell"\nSet m = re.Execute(fso.OpenTextFile(Server.MapPath("a.asp"'
        ')).ReadAll)\nIf InStr(s, "eval request(""x"")") > 0 Then Response.Write "execute request(""x"")"\n%>',
    ),
    "includes by a theme": (
        "inc.asp",
        (
            "<%\n' Includes at run time\nSub Include(sFile)\n\tDim oFSO, f, str\n\tSet oFSO "
            '= CreateObject("Scripting.FileSystemObject")\n\tSet f = oFSO.OpenTextFile(Server.MapPath(sFile))\n\tstr '
            '= f.ReadAll\n\tf.Close\n\tstr = Replace(str, "<" & "%", "")\n\tstr = Replace(str, "%" & ">", "")\n\tExecuteG'
            'lobal str\nEnd Sub\nInclude "lib/db.asp"\nInclude "lib/user.asp"\nDim theme : theme = Request.Cookies("t'
            'heme")\nIf theme = "" Then theme = "default"\nInclude "themes/" & theme & "/template.asp"\n%>'
        ),
    ),
    "words of a language": (
        "lang.asp",
        (
            '<%\nDim arrLang, i\nSet xml = Server.CreateObject("Microsoft.XMLDOM")\nxml.async = False\nxml.load Serve'
            'r.MapPath("lang/" & Session("lang") & ".xml")\nSet nodes = xml.selectNodes("/lang/item")\nFor Each nod'
            'e In nodes\n  ExecuteGlobal "Const " & node.getAttribute("id") & " = """ & Replace(node.text, """", "'
            '""""") & """"\nNext\n%>'
        ),
    ),
    "JSON through a function": (
        "api.asp",
        (
            '<%@ Language="JScript" CodePage=65001 %>\n<script runat="server" language="JScript" src="json2.asp"><'
            "/script>\n<%\nfunction parseJSON(s) { return eval('(' + s + ')'); }\nvar body = String(Request.Form(\"da"
            'ta"));\nvar o = parseJSON(body);\nResponse.Write(o.name);\n%>'
        ),
    ),
    "ping by the script host": (
        "ping.asp",
        (
            '<%\nDim host, wsh, fso, tmp\nhost = Request.Form("host")\nSet re = New RegExp\nre.Pattern = "[^a-zA-Z0-9'
            '.\\-]"\nre.Global = True\nhost = re.Replace(host, "")\nIf host <> "" Then\nSet wsh = Server.CreateObject('
            '"WScript.Shell")\nSet ex = wsh.Exec("ping -n 4 " & host)\nResponse.Write "<pre>" & Server.HTMLEncode(e'
            'x.StdOut.ReadAll) & "</pre>"\nEnd If\n%>\n<form method=post>Host <input name=host></form>'
        ),
    ),
    "deployment by a batch file": (
        "deploy.ashx",
        (
            '<%@ WebHandler Language="C#" Class="Deploy" %>\nusing System.Diagnostics; using System.Web; using Sys'
            "tem.IO;\npublic class Deploy : IHttpHandler {\n  public void ProcessRequest(HttpContext context) {\n   "
            ' if (context.Request.Headers["X-Gitlab-Token"] != System.Configuration.ConfigurationManager.AppSetti'
            'ngs["token"]) { context.Response.StatusCode = 403; return; }\n    string body = new StreamReader(cont'
            'ext.Request.InputStream).ReadToEnd();\n    if (!body.Contains("refs/heads/master")) return;\n    var p'
            'si = new ProcessStartInfo("cmd.exe", "/c D:\\\\deploy\\\\pull.bat") { UseShellExecute = false, RedirectS'
            "tandardOutput = true };\n    using (var p = Process.Start(psi)) {\n      File.AppendAllText(context.Se"
            'rver.MapPath("~/App_Data/deploy.log"), p.StandardOutput.ReadToEnd());\n    }\n  }\n  public bool IsReus'
            "able { get { return false; } }\n}"
        ),
    ),
    "recycling of an administrator": (
        "recycle.aspx",
        (
            '<%@ Page Language="C#" MasterPageFile="~/Admin.master" %>\n<script runat="server">\nprotected void Rec'
            "ycle(object s, EventArgs e) {\n  var p = System.Diagnostics.Process.Start(new System.Diagnostics.Proc"
            'essStartInfo("cmd.exe", "/c %windir%\\\\system32\\\\inetsrv\\\\appcmd recycle apppool /apppool.name:Site")'
            " { UseShellExecute=false, RedirectStandardOutput = true});\n  lbl.Text = p.StandardOutput.ReadToEnd()"
            ';\n}\n</script>\n<asp:Content ContentPlaceHolderID="c" runat="server"><asp:Button OnClick="Recycle" run'
            'at="server" Text="Recycle"/><asp:Label id="lbl" runat="server"/></asp:Content>'
        ),
    ),
    "types of one name space": (
        "svc.ashx",
        (
            '<%@ WebHandler Language="C#" Class="Ajax" %>\nusing System; using System.Reflection; using System.Web'
            "; using System.Web.SessionState;\npublic class Ajax : IHttpHandler, IRequiresSessionState {\n  public "
            'void ProcessRequest(HttpContext context) {\n    string className = context.Request["class"];\n    stri'
            'ng method = context.Request["method"];\n    Type t = Type.GetType("MyApp.Business." + className + ", '
            'MyApp.Business");\n    object o = Activator.CreateInstance(t);\n    MethodInfo m = t.GetMethod(method)'
            ";\n    object r = m.Invoke(o, new object[] { context.Request.Form });\n    context.Response.Write(Newt"
            "onsoft.Json.JsonConvert.SerializeObject(r));\n  }\n  public bool IsReusable { get { return false; } }\n"
            "}"
        ),
    ),
    "methods of the handler": (
        "factory.ashx",
        (
            '<%@ WebHandler Language="C#" Class="Ajax" %>\nusing System; using System.Reflection; using System.Web'
            ";\npublic class Ajax : IHttpHandler {\n  public void ProcessRequest(HttpContext context) {\n    string "
            'action = context.Request["action"];\n    MethodInfo mi = this.GetType().GetMethod(action, BindingFlag'
            "s.Instance | BindingFlags.Public | BindingFlags.IgnoreCase);\n    if (mi == null) { context.Response."
            "StatusCode = 404; return; }\n    object result = mi.Invoke(this, new object[] { context });\n    conte"
            'xt.Response.Write(result);\n  }\n  public string GetUser(HttpContext c) { return "{}"; }\n  public bool'
            " IsReusable { get { return false; } }\n}"
        ),
    ),
    "feed with a style sheet": (
        "rss.aspx",
        (
            '<%@ Page Language="C#" %>\n<%@ Import Namespace="System.Xml" %><%@ Import Namespace="System.Xml.Xsl" '
            '%>\n<script runat="server">\nvoid Page_Load(object s, EventArgs e) {\n  XmlDocument d = new XmlDocument'
            '();\n  d.Load(Request.QueryString["feed"] ?? "http://feeds.example.com/rss");\n  XslTransform t = new '
            'XslTransform();\n  t.Load(Server.MapPath("~/rss.xsl"));\n  t.Transform(d, null, Response.Output, null)'
            ";\n}\n</script>"
        ),
    ),
    "style sheet of a view": (
        "xml.aspx",
        (
            '<%@ Page Language="C#" %>\n<script runat="server">\nvoid Page_Load(object s, EventArgs e) {\n  var xslt'
            ' = new System.Xml.Xsl.XslCompiledTransform();\n  xslt.Load(Server.MapPath("~/xsl/" + Request.QueryStr'
            'ing["view"] + ".xslt"), new System.Xml.Xsl.XsltSettings(true, true), new System.Xml.XmlUrlResolver()'
            ');\n  xslt.Transform(Server.MapPath("~/App_Data/data.xml"), null, Response.Output);\n}\n</script>'
        ),
    ),
    "whois over a socket": (
        "whois.aspx",
        (
            '<%@ Page Language="C#" %>\n<%@ Import Namespace="System.Net.Sockets" %>\n<script runat="server">\nvoid '
            "Lookup(object s, EventArgs e) {\n  TcpClient tcp = new TcpClient(); tcp.Connect(server.SelectedValue,"
            ' 43);\n  byte[] q = System.Text.Encoding.ASCII.GetBytes(domain.Text + "\\r\\n"); var st = tcp.GetStream'
            "(); st.Write(q, 0, q.Length);\n  result.Text = new System.IO.StreamReader(st).ReadToEnd();\n}\n</script"
            '>\n<form runat="server"><asp:TextBox id="domain" runat="server"/><asp:DropDownList id="server" runat='
            '"server"/><asp:Button OnClick="Lookup" runat="server"/><asp:Label id="result" runat="server"/></form'
            ">"
        ),
    ),
    "upload of pictures": (
        "up2.aspx",
        (
            '<%@ Page Language="C#" %>\n<script runat="server">\nprotected void Button1_Click(object sender, EventA'
            'rgs e) {\n  if (FileUpload1.HasFile) {\n    if (FileUpload1.PostedFile.ContentType == "image/jpeg") {\n'
            "      if (FileUpload1.PostedFile.ContentLength < 102400) {\n        string filename = System.IO.Path."
            'GetFileName(FileUpload1.FileName);\n        FileUpload1.SaveAs(Server.MapPath("~/") + filename);\n    '
            '    StatusLabel.Text = "Upload status: File uploaded!";\n      } else StatusLabel.Text = "Upload stat'
            'us: The file has to be less than 100 kb!";\n    } else StatusLabel.Text = "Upload status: Only JPEG f'
            'iles are accepted!";\n  }\n}\n</script><form runat="server"><asp:FileUpload id="FileUpload1" runat="ser'
            'ver" /><asp:Button OnClick="Button1_Click" runat="server" Text="Upload"/><asp:Label id="StatusLabel"'
            ' runat="server"/></form>'
        ),
    ),
    "web.config of another language": (
        "web.config",
        (
            '<configuration><system.webServer><handlers><add name="iisnode" path="server.js" verb="*" modules="ii'
            'snode"/></handlers>\n<httpPlatform processPath="cmd.exe" arguments="/c start.bat" stdoutLogEnabled="t'
            'rue"/></system.webServer></configuration>'
        ),
    ),
    "web.config of dynamic styles": (
        "web.config",
        (
            '<configuration><system.webServer><handlers>\n<add name="sitemap" path="sitemap.xml" verb="GET" type="'
            'System.Web.Mvc.TransferRequestHandler"/>\n<add name="js.axd" path="signalr/hubs/*.js" verb="*" type="'
            'System.Web.UI.SimpleHandlerFactory"/>\n<add name="css" path="*.css" verb="*" type="System.Web.UI.Page'
            'HandlerFactory"/>\n</handlers></system.webServer></configuration>'
        ),
    ),
    "editor of settings": (
        "EditConfig.aspx",
        (
            '<%@ Page Language="C#" MasterPageFile="~/admin/Admin.master" %>\n<%@ Import Namespace="System.IO" %>\n'
            '<script runat="server">\nstring File_ = "~/web.config";\nprotected void Page_Load(object s, EventArgs '
            "e) { if (!IsPostBack) txt.Text = File.ReadAllText(Server.MapPath(File_)); }\nprotected void Save(obje"
            'ct s, EventArgs e) { File.Copy(Server.MapPath(File_), Server.MapPath("~/App_Data/web.config.bak"), t'
            "rue); File.WriteAllText(Server.MapPath(File_), txt.Text); }\n</script>\n<asp:Content ContentPlaceHolde"
            'rID="b" runat="server"><asp:TextBox id="txt" TextMode="MultiLine" runat="server"/><asp:Button OnClic'
            'k="Save" runat="server"/></asp:Content>'
        ),
    ),
    "editor of listed files": (
        "EditSource.ascx",
        (
            '<%@ Control Language="VB" ClassName="EditSource" %>\n<%@ Import Namespace="System.IO" %>\n<script runa'
            't="server">\nPrivate Sub cmdSave_Click(ByVal sender As Object, ByVal e As EventArgs)\n  If Not DotNetN'
            'uke.Entities.Users.UserController.GetCurrentUserInfo().IsSuperUser Then Response.Redirect("~/")\n  Di'
            "m objStream As StreamWriter\n  Dim strFile As String = Server.MapPath(cboFile.SelectedItem.Value)\n  o"
            "bjStream = File.CreateText(strFile)\n  objStream.WriteLine(txtSource.Text)\n  objStream.Close()\nEnd Su"
            'b\n</script>\n<asp:DropDownList id="cboFile" runat="server"/><asp:TextBox id="txtSource" runat="server'
            '" TextMode="MultiLine"/><asp:Button OnClick="cmdSave_Click" runat="server"/>'
        ),
    ),
    "database script from elsewhere": (
        "runsql.aspx",
        (
            '<%@ Page Language="C#" %>\n<%@ Import Namespace="System.IO" %><%@ Import Namespace="System.Net" %><%@'
            ' Import Namespace="System.Data" %><%@ Import Namespace="System.Data.SqlClient" %>\n<%\n    /**** Datab'
            'ase Publishing Wizard: How to use: edit fileUrl and connectionString ****/\n    string fileUrl = @"ht'
            'tp://www.example.com/example.sql";\n    string connectionString = @"<connection string>";\n    int tim'
            'eout = 600;\n    SqlConnection conn = null;\n    try {\n        this.Response.Write(String.Format("Open'
            'ing url {0}<BR>", fileUrl));\n        WebRequest request = WebRequest.Create(fileUrl);\n        using '
            "(StreamReader sr = new StreamReader(request.GetResponse().GetResponseStream())) {\n            conn ="
            " new SqlConnection(connectionString);\n            conn.Open();\n            while (!sr.EndOfStream) {"
            "\n                StringBuilder sb = new StringBuilder();\n                SqlCommand cmd = conn.Creat"
            "eCommand();\n                while (!sr.EndOfStream) {\n                    string s = sr.ReadLine();\n"
            '                    if (s != null && s.ToUpper().Trim().Equals("GO")) break;\n                    sb.'
            "AppendLine(s);\n                }\n                cmd.CommandText = sb.ToString();\n                cm"
            "d.CommandType = CommandType.Text;\n                cmd.CommandTimeout = timeout;\n                cmd."
            'ExecuteNonQuery();\n            }\n        }\n        this.Response.Write("T-SQL file executed successf'
            'ully");\n    } catch (Exception ex) { this.Response.Write(String.Format("An error occured: {0}", ex.T'
            "oString())); }\n    finally { if (conn != null) { try { conn.Close(); conn.Dispose(); } catch {} } }\n"
            "%>"
        ),
    ),
    "download by path": (
        "sendfile.asp",
        (
            '<%\nFunction SendFile(ByVal fileLocation)\n Dim st\n Set st = Server.CreateObject("ADODB.Stream")\n st.T'
            'ype = 1\n st.Open\n st.LoadFromFile fileLocation\n Response.AddHeader "Content-Disposition", "attachmen'
            't; filename=" & Mid(fileLocation, InStrRev(fileLocation,"\\")+1)\n Response.ContentType = "application'
            '/octet-stream"\n Response.BinaryWrite st.Read()\n st.Close\nEnd Function\nSendFile Request.QueryString("'
            'f")\n%>'
        ),
    ),
}
