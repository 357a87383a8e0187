@echo off
rem In the folder shell:sendto: portraits of the chosen photos, in a folder "portraits" beside them.
if "%~1"=="" exit /b 0
"%~dp0portrait.exe" photo -o "%~dp1portraits/" -- %*
if errorlevel 1 pause
