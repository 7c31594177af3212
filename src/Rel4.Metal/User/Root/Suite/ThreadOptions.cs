using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Gives workers thread-local storage, by each of the ways there are, and takes the floating-point unit away from one.</summary>
internal static unsafe class ThreadOptions
{
    private const int AddressOffset = 2;
    private const ulong Badge = 0xF2;
    private const ulong NoUnit = 7;
    private const ulong UseOffset = 9;

    // Two words of the command page that differ: the number of the command, and the command.
    private const ulong FirstBase = TaskLayout.Commands;
    private const ulong SecondBase = TaskLayout.Commands + 8;

    // mov rdi, ADDRESS; mov rdx, Syscall.SetTlsBase; syscall; then as Check
    private static ReadOnlySpan<byte> SetByCall =>
    [
        0x48, 0xBF, 0, 0, 0, 0, 0, 0, 0, 0, 0x48, 0xC7, 0xC2, 0xE2, 0xFF, 0xFF, 0xFF, 0x0F, 0x05,
        0x64, 0x48, 0x8B, 0x04, 0x25, 0, 0, 0, 0, 0x48, 0x3B, 0x07, 0x74, 0x02, 0x0F, 0x0B, 0xC3,
    ];

    // mov rdi, ADDRESS; wrfsbase rdi; then as Check
    private static ReadOnlySpan<byte> SetByInstruction =>
    [
        0x48, 0xBF, 0, 0, 0, 0, 0, 0, 0, 0, 0xF3, 0x48, 0x0F, 0xAE, 0xD7,
        0x64, 0x48, 0x8B, 0x04, 0x25, 0, 0, 0, 0, 0x48, 0x3B, 0x07, 0x74, 0x02, 0x0F, 0x0B, 0xC3,
    ];

    // mov rdi, ADDRESS; mov rax, fs:[0]; cmp rax, [rdi]; je + 2; ud2; ret
    private static ReadOnlySpan<byte> Check =>
    [
        0x48, 0xBF, 0, 0, 0, 0, 0, 0, 0, 0, 0x64, 0x48, 0x8B, 0x04, 0x25, 0, 0, 0, 0, 0x48, 0x3B, 0x07, 0x74, 0x02, 0x0F, 0x0B, 0xC3,
    ];

    /// <summary>Runs all rows.</summary>
    public static void Run(in Stage stage, in CodePage first, in CodePage second, ref Report report)
    {
        report.Row("registers"u8, "FS base"u8, "SetTLSBase"u8, "a thread's own, kept while others run"u8, AreKept(stage, first, second, SetByCall));
        report.Row("registers"u8, "FS base"u8, "wrfsbase"u8, "a thread's own, kept while others run"u8, AreKept(stage, first, second, SetByInstruction));
        report.Row("registers"u8, "FS base"u8, "TCB_SetTLSBase"u8, "another thread's"u8, IsSet(stage, first));
        report.Row("registers"u8, "no FPU"u8, "SetFlags"u8, "vector 7 when used; given back, goes on"u8, HasNoUnit(stage, first));
    }

    private static bool AreKept(in Stage stage, in CodePage first, in CodePage second, ReadOnlySpan<byte> code)
    {
        stage.Reset();
        return RunsCode(stage, Actor.First, first, code, FirstBase) && RunsCode(stage, Actor.Second, second, code, SecondBase)
            && RunsCode(stage, Actor.First, first, Check, FirstBase) && RunsCode(stage, Actor.Second, second, Check, SecondBase);
    }

    private static bool IsSet(in Stage stage, in CodePage code)
    {
        stage.Reset();
        return SeL4.TCB_SetTLSBase(stage.Of(Actor.First).Thread, SecondBase) == SeL4Error.NoError
            && RunsCode(stage, Actor.First, code, Check, SecondBase)
            && SeL4.TCB_SetTLSBase(RootSlot.CNode, SecondBase) == SeL4Error.IllegalOperation;
    }

    private static bool HasNoUnit(in Stage stage, in CodePage code)
    {
        stage.Reset();
        ref ChildTask task = ref stage.Of(Actor.First);
        task.TakeAway(TaskLayout.FaultSlot);
        task.Grant(stage.Endpoint, TaskLayout.FaultSlot, CapRights.All, Badge);
        stage.Receive(Actor.Second);
        bool taken = SeL4.TCB_SetFlags(task.Thread, TcbFlags.None, TcbFlags.FpuDisabled, out TcbFlags without) == SeL4Error.NoError
            && without == TcbFlags.FpuDisabled;

        // mov rdx, Syscall.Yield; syscall; xorps xmm0, xmm0; ret: gone through the kernel, and come back to the same thread, it is still without.
        code.Write([0x48, 0xC7, 0xC2, 0xF9, 0xFF, 0xFF, 0xFF, 0x0F, 0x05, 0x0F, 0x57, 0xC0, 0xC3]);
        task.Command(WorkerCommand.Run, CodePage.Address);
        CommandPage* handler = stage.Of(Actor.Second).Page;
        bool told = stage.Runs(Actor.Second) && handler->Badge == Badge && handler->Received.Label == (ulong)FaultType.UserException
            && handler->Got.Word3 == NoUnit && handler->Got.Word0 == CodePage.Address + UseOffset && stage.Waits(Actor.First);
        bool given = SeL4.TCB_SetFlags(task.Thread, TcbFlags.FpuDisabled, TcbFlags.None, out TcbFlags with) == SeL4Error.NoError && with == TcbFlags.None;
        stage.Of(Actor.Second).Trap(Syscall.Reply, 0, new MessageInfo(0, 0, 0, 3), handler->Got);
        return taken && told && given && stage.Runs(Actor.First);
    }

    private static bool RunsCode(in Stage stage, Actor actor, in CodePage page, ReadOnlySpan<byte> code, ulong address)
    {
        page.Write(code);
        page.Write(AddressOffset, address);
        stage.Of(actor).Command(WorkerCommand.Run, CodePage.Address);
        return stage.Runs(actor);
    }
}
