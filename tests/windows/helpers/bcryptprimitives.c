/* Wine before version 9 has no bcryptprimitives.dll, from which Rust's standard library takes its
   random seed. This stand-in goes into the trial's own Wine and nowhere else: every Windows that
   wshub runs on has the real one. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length); /* RtlGenRandom, advapi32 */

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
{
    return SystemFunction036(buffer, (ULONG)length);
}
