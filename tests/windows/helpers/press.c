/* Starts the program that its arguments name, in the same console but in a process group of its
   own, waits for a line on stdin, presses Ctrl-Break for it, and ends with its exit code. */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

static BOOL WINAPI ignore(DWORD event)
{
    (void)event;
    return TRUE;
}

int wmain(void)
{
    STARTUPINFOW start = { .cb = sizeof start };
    PROCESS_INFORMATION child;
    char line[64];
    DWORD code = 1;
    wchar_t *rest = wcsstr(GetCommandLineW(), L" -- "); /* press.exe -- PROGRAM ARGUMENTS... */
    if (rest == NULL || !CreateProcessW(NULL, rest + 4, NULL, NULL, TRUE, CREATE_NEW_PROCESS_GROUP,
                                        NULL, NULL, &start, &child)) {
        fprintf(stderr, "press: nothing was started (%lu)\n", GetLastError());
        return 1;
    }
    SetConsoleCtrlHandler(ignore, TRUE); /* the key is for the child alone */
    if (fgets(line, sizeof line, stdin) == NULL || !GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, child.dwProcessId)) {
        fprintf(stderr, "press: no Ctrl-Break (%lu)\n", GetLastError());
        TerminateProcess(child.hProcess, 1);
    }
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    return (int)code;
}
