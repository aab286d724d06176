<%@ Page Language="C#" %>
<html><body><asp:Label id="Greeting" runat="server" Text="Signed out" /></body></html>
