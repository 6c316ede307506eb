/* A cargo.exe for the trial of run.bat: notes how it was called in cargo.txt beside it, in UTF-8,
   and "builds" by copying the program that WSHUB_BUILT names to DIR\release\wshub.exe, DIR being
   what follows --target-dir. Without WSHUB_BUILT it fails as a compiler does. */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

static void note(int count, wchar_t **arguments)
{
    wchar_t path[1024];
    FILE *file;
    GetModuleFileNameW(NULL, path, 1000);
    wcscpy(wcsrchr(path, L'\\'), L"\\cargo.txt");
    file = _wfopen(path, L"wb");
    for (int i = 1; file != NULL && i < count; i++) {
        char text[4096];
        WideCharToMultiByte(CP_UTF8, 0, arguments[i], -1, text, sizeof text, NULL, NULL);
        fprintf(file, "%s\n", text);
    }
    if (file != NULL) fclose(file);
}

int wmain(int count, wchar_t **arguments)
{
    wchar_t built[1024], path[2048];
    const wchar_t *target = NULL;
    note(count, arguments);
    for (int i = 1; i + 1 < count; i++)
        if (wcscmp(arguments[i], L"--target-dir") == 0) target = arguments[i + 1];
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
