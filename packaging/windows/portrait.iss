; Inno Setup's recipe of the installer: iscc /DVersion=0.1.0 packaging\windows\portrait.iss
; For one user by default: no administrator is needed. The folder is that of PyInstaller.
#ifndef Version
  #error Give the version: /DVersion=0.1.0
#endif

[Setup]
AppId={{6E1B7E6C-5B5B-4B5E-9C56-6F5B7A3D9A10}
AppName=Portrait
AppVersion={#Version}
DefaultDirName={autopf}\Portrait
DefaultGroupName=Portrait
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
LicenseFile=..\..\LICENSE
OutputDir=..\..\build\artefacts
OutputBaseFilename=Portrait-{#Version}-windows-x64-setup
Compression=lzma2/max
SolidCompression=yes
ChangesEnvironment=yes
UninstallDisplayIcon={app}\portrait-app.exe

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "ko"; MessagesFile: "compiler:Languages\Korean.isl"

[Tasks]
Name: "sendto"; Description: "Make portrait, in the menu Send to"
Name: "path"; Description: "The command portrait in terminals (PATH)"

[Files]
Source: "..\..\build\bundle\portrait\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion
Source: "make-portrait.cmd"; DestDir: "{app}"; Flags: ignoreversion

[Icons]
Name: "{group}\Portrait"; Filename: "{app}\portrait-app.exe"
Name: "{usersendto}\Portrait"; Filename: "{app}\make-portrait.cmd"; IconFilename: "{app}\portrait-app.exe"; Tasks: sendto

[Registry]
; "Open with": a choice for photos, never the default.
Root: HKA; Subkey: "Software\Classes\Applications\portrait-app.exe\shell\open\command"; ValueType: string; ValueData: """{app}\portrait-app.exe"" ""%1"""; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\portrait-app.exe\SupportedTypes"; ValueType: string; ValueName: ".jpg"
Root: HKA; Subkey: "Software\Classes\Applications\portrait-app.exe\SupportedTypes"; ValueType: string; ValueName: ".jpeg"
Root: HKA; Subkey: "Software\Classes\Applications\portrait-app.exe\SupportedTypes"; ValueType: string; ValueName: ".png"
Root: HKA; Subkey: "Software\Classes\Applications\portrait-app.exe\SupportedTypes"; ValueType: string; ValueName: ".webp"
Root: HKA; Subkey: "Software\Classes\Applications\portrait-app.exe\SupportedTypes"; ValueType: string; ValueName: ".heic"
Root: HKA; Subkey: "Software\Classes\Applications\portrait-app.exe\SupportedTypes"; ValueType: string; ValueName: ".avif"
Root: HKA; Subkey: "Software\Classes\Applications\portrait-app.exe\SupportedTypes"; ValueType: string; ValueName: ".tif"
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: NeedsPath

[Code]
function NeedsPath(): Boolean;
var
  Folders: string;
begin
  if not RegQueryStringValue(HKCU, 'Environment', 'Path', Folders) then
    Folders := '';
  Result := Pos(';' + Lowercase(ExpandConstant('{app}')) + ';', ';' + Lowercase(Folders) + ';') = 0;
end;
