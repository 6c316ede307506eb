@echo off
rem Starts wshub on this computer and opens its page in the browser. Double-click it; Ctrl-C or
rem closing the window stops it. Arguments of run.bat are passed to "wshub serve":
rem
rem   run.bat --lan                      for others on the network too
rem   run.bat --listen localhost:9000    on another port
rem   run.bat --help                     all flags
rem
rem --allow-origin null is for the page opened from disk (www\index.html).
setlocal EnableExtensions DisableDelayedExpansion
title wshub

rem Paths are in quotes and never inside a block, since they may contain spaces, brackets and ampersands.
set "here=%~dp0"
set "program=%here%wshub.exe"
if exist "%program%" goto start
set "program=%here%target\release\wshub.exe"
if exist "%program%" goto start
if not exist "%here%Cargo.toml" goto incomplete

set "cargo="
for %%i in (cargo.exe) do set "cargo=%%~$PATH:i"
if not defined cargo if exist "%USERPROFILE%\.cargo\bin\cargo.exe" set "cargo=%USERPROFILE%\.cargo\bin\cargo.exe"
if not defined cargo goto nocargo

echo There is no wshub.exe yet: building it. The first time this takes a few minutes.
echo.
rem The C runtime is linked into the program, so that it runs on every other Windows too.
if not defined RUSTFLAGS set "RUSTFLAGS=-C target-feature=+crt-static"
"%cargo%" build --release --manifest-path "%here%Cargo.toml" --target-dir "%here%target"
if errorlevel 1 goto notbuilt
if not exist "%program%" goto notbuilt
echo.

:start
"%program%" serve --allow-origin null --open %*
set "code=%errorlevel%"
if "%code%"=="0" exit /b 0
echo.
echo wshub ended with an error (exit code %code%); the lines above say why.
if "%code%"=="1" echo If wshub runs in another window already, just open http://localhost:8765/
goto failed

:notbuilt
set "code=1"
echo.
echo wshub.exe could not be built; the lines above say why.
echo If they mention link.exe: install "Build Tools for Visual Studio" with its part
echo "Desktop development with C++", from https://visualstudio.microsoft.com/downloads/
echo Then start run.bat again.
goto failed

:nocargo
set "code=1"
echo There is no wshub.exe here, and no cargo to build it with.
echo.
echo Either get Rust, which brings cargo, from https://rustup.rs/ and start run.bat again,
echo or put a wshub.exe that somebody else built into the folder of run.bat.
goto failed

:incomplete
set "code=1"
echo There is no wshub.exe beside run.bat, and nothing to build it from.
echo.
echo If you opened run.bat inside a .zip file: extract all of the .zip first
echo (right-click it, "Extract All..."), then start run.bat in the new folder.

:failed
echo.
pause
exit /b %code%
