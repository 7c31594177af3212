using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Lets two workers look at what another leaves in registers: each finds its own x87 and SSE registers again, and null in segment registers.</summary>
internal static class Registers
{
    private const int ValueOffset = 6;

    // fninit, since a thread may still have an error pending; push r15; mov rax, VALUE; push rax; movq xmm0, rax; movq xmm7, rax; movq xmm15, rax; fild qword [rsp]
    // mov edi, TaskLayout.EndpointSlot; mov rdx, Syscall.Recv; syscall
    // what is not in xmm0, xmm7, xmm15 and st0 any more leads to ud2
    private static ReadOnlySpan<byte> Code =>
    [
        0xDB, 0xE3, 0x41, 0x57, 0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x66, 0x48, 0x0F, 0x6E, 0xC0, 0x66, 0x48, 0x0F, 0x6E, 0xF8, 0x66,
        0x4C, 0x0F, 0x6E, 0xF8, 0xDF, 0x2C, 0x24, 0xBF, (byte)TaskLayout.EndpointSlot, 0, 0, 0,
        0x48, 0xC7, 0xC2, 0xFB, 0xFF, 0xFF, 0xFF, 0x0F, 0x05, 0x66, 0x48, 0x0F,
        0x7E, 0xC1, 0x48, 0x39, 0xC1, 0x75, 0x20, 0x66, 0x48, 0x0F, 0x7E, 0xF9,
        0x48, 0x39, 0xC1, 0x75, 0x16, 0x66, 0x4C, 0x0F, 0x7E, 0xF9, 0x48, 0x39,
        0xC1, 0x75, 0x0C, 0xDF, 0x3C, 0x24, 0x59, 0x41, 0x5F, 0x48, 0x39, 0xC1,
        0x75, 0x01, 0xC3, 0x0F, 0x0B,
    ];

    /// <summary>Runs all rows.</summary>
    public static void Run(in Stage stage, in CodePage first, in CodePage second, ref Report report)
    {
        report.Row("registers"u8, "x87 and SSE"u8, "Recv"u8, "each thread finds its own again"u8, AreKept(stage, first, second));
        report.Row("registers"u8, "selector"u8, "ds"u8, "null, whatever another thread loaded"u8, IsNull(stage, first, second, 0xD8));
        report.Row("registers"u8, "selector"u8, "es"u8, "null, whatever another thread loaded"u8, IsNull(stage, first, second, 0xC0));
        report.Row("registers"u8, "selector"u8, "fs"u8, "null, whatever another thread loaded"u8, IsNull(stage, first, second, 0xE0));
        report.Row("registers"u8, "selector"u8, "gs"u8, "null, whatever another thread loaded"u8, IsNull(stage, first, second, 0xE8));
    }

    private static bool AreKept(in Stage stage, in CodePage first, in CodePage second)
    {
        stage.Reset();
        first.Write(Code);
        first.Write(ValueOffset, 0x1122_3344_5566_7788);
        second.Write(Code);
        second.Write(ValueOffset, 0x0F0E_0D0C_0B0A_0908);
        stage.Of(Actor.First).Command(WorkerCommand.Run, CodePage.Address);
        stage.Of(Actor.Second).Command(WorkerCommand.Run, CodePage.Address);
        bool wait = stage.Waits(Actor.First) && stage.Waits(Actor.Second);
        SeL4.NBSendWithMRs(stage.Endpoint, default);
        SeL4.NBSendWithMRs(stage.Endpoint, default);
        return wait && stage.Runs(Actor.First) && stage.Runs(Actor.Second);
    }

    /// <param name="register">The ModRM byte of the segment register and eax.</param>
    private static bool IsNull(in Stage stage, in CodePage first, in CodePage second, byte register)
    {
        stage.Reset();
        first.Write(0, 0xC300_8E00_0000_1BB8UL | ((ulong)register << 48)); // mov eax, 0x1B; mov ds, eax; ret
        second.Write(8, 0xC3);
        second.Write(0, 0x0B0F_0274_C085_008CUL | ((ulong)register << 8)); // mov eax, ds; test eax, eax; jz + 2; ud2; ret
        stage.Of(Actor.First).Command(WorkerCommand.Run, CodePage.Address);
        bool loaded = stage.Runs(Actor.First);
        stage.Of(Actor.Second).TakeAway(TaskLayout.FaultSlot);
        stage.Of(Actor.Second).Command(WorkerCommand.Run, CodePage.Address);
        return loaded && stage.Runs(Actor.Second);
    }
}
