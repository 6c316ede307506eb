/* event.exe break|close PROGRAM ARGUMENTS...: starts the program in this console, waits for Enter,
   and then brings it the event of Ctrl-Break or of the window's X. Ends as the program ends.

   Wine 8 has no such events: GenerateConsoleCtrlEvent says "not implemented". What Windows does is
   done here instead: a thread in the program that runs CtrlRoutine, which calls the handlers that
   the program has set; and after the X the program is ended as soon as they have returned. */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

static int fail(const char *what)
{
    fprintf(stderr, "event.exe: %s: error %lu\n", what, GetLastError());
    return 99;
}

int wmain(int count, wchar_t **arguments)
{
    wchar_t line[4096] = L"";
    STARTUPINFOW start = {sizeof start};
    PROCESS_INFORMATION program;
    LPTHREAD_START_ROUTINE routine;
    HANDLE thread;
    DWORD event, code;
    if (count < 3) return fail("an event and a program, please");
    event = wcscmp(arguments[1], L"close") == 0 ? CTRL_CLOSE_EVENT : CTRL_BREAK_EVENT;
    for (int i = 2; i < count; i++) {
        if (wcslen(line) + wcslen(arguments[i]) + 4 > 4096) return fail("the line is too long");
        wcscat(wcscat(wcscat(line, i > 2 ? L" \"" : L"\""), arguments[i]), L"\"");
    }
    if (!CreateProcessW(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &start, &program)) return fail("CreateProcess");
    getchar();
    if (event != CTRL_BREAK_EVENT || !GenerateConsoleCtrlEvent(event, program.dwProcessId)) {
        routine = (LPTHREAD_START_ROUTINE)GetProcAddress(GetModuleHandleA("kernelbase"), "CtrlRoutine");
        if (routine == NULL) return fail("CtrlRoutine");
        thread = CreateRemoteThread(program.hProcess, NULL, 0, routine, (void *)(ULONG_PTR)event, 0, NULL);
        if (thread == NULL) return fail("CreateRemoteThread");
        if (event == CTRL_CLOSE_EVENT) {
            WaitForSingleObject(thread, 5000);
            TerminateProcess(program.hProcess, 0xC000013A);
        }
    }
    WaitForSingleObject(program.hProcess, 30000);
    if (!GetExitCodeProcess(program.hProcess, &code)) return fail("GetExitCodeProcess");
    return code;
}
