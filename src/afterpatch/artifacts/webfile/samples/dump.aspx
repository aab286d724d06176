Name                            : OAB (Default Web Site)
PollInterval                    : 480
OfflineAddressBooks             : 
RequireSSL                      : True
BasicAuthentication             : False
WindowsAuthentication           : True
MetabasePath                    : IIS://MAIL01.example.org/W3SVC/1/ROOT/OAB
Path                            : C:\Program Files\Microsoft\Exchange Server\V15\FrontEnd\HttpProxy\OAB
ExtendedProtectionTokenChecking : None
ExtendedProtectionFlags         : {}
AdminDisplayVersion             : Version 15.1 (Build 2176.2)
Server                          : MAIL01
InternalUrl                     : https://mail01.example.org/OAB
InternalAuthenticationMethods   : WindowsIntegrated
ExternalUrl                     : https://mail.example.org/OAB
ExternalAuthenticationMethods   : WindowsIntegrated
DistinguishedName               : CN=OAB (Default Web Site),CN=HTTP,CN=Protocols,CN=MAIL01,
                                  CN=Servers,DC=example,DC=org
WhenChanged                     : 3/3/2021 5:55:06 AM
WhenCreated                     : 2/24/2021 9:14:00 PM
WhenChangedUTC                  : 3/3/2021 4:55:06 AM
WhenCreatedUTC                  : 2/24/2021 8:14:00 PM
IsValid                         : True
