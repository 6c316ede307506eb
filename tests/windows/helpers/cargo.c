/* A cargo.exe for the trial of run.bat: prints how it was called, and "builds" by copying the
   program that WSHUB_BUILT names to DIR\release\wshub.exe, DIR being what follows --target-dir.
   Without WSHUB_BUILT it fails as a compiler does. */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

int wmain(int count, wchar_t **arguments)
{
    wchar_t built[1024], path[2048];
    const wchar_t *target = NULL;
    fputs("cargo:", stdout);
    for (int i = 1; i < count; i++) {
        char text[4096];
        WideCharToMultiByte(CP_UTF8, 0, arguments[i], -1, text, sizeof text, NULL, NULL);
        printf(" [%s]", text);
        if (wcscmp(arguments[i], L"--target-dir") == 0 && i + 1 < count) target = arguments[i + 1];
    }
    puts("");
    fflush(stdout);
    if (target == NULL || GetEnvironmentVariableW(L"WSHUB_BUILT", built, 1024) == 0) {
        fputs("error: linker `link.exe` not found\n", stderr);
        return 101;
    }
    CreateDirectoryW(target, NULL);
    _snwprintf(path, 2048, L"%ls\\release", target);
    CreateDirectoryW(path, NULL);
    _snwprintf(path, 2048, L"%ls\\release\\wshub.exe", target);
    return CopyFileW(built, path, FALSE) ? 0 : 101;
}
