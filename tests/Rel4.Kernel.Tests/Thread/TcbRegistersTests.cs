namespace Rel4.Kernel.Tests;

/// <summary>Do <c>TCB_ReadRegisters</c>, <c>WriteRegisters</c> and <c>CopyRegisters</c> do what <c>object-api.xml</c> says?</summary>
public sealed unsafe class TcbRegistersTests
{
    private const ulong CopyFrame = 4;
    private const ulong CopyInteger = 8;
    private const ulong ResumeTarget = 2;

    private static readonly RefusalTable s_reads = new()
    {
        { "the service is a capability of the wrong type", s => Read(s) with { Service = s.CSpace }, SeL4Error.IllegalOperation },
        { "one word", s => Read(s) with { Words = [0] }, SeL4Error.TruncatedMessage },
        { "too few registers", s => Read(s, count: 0), SeL4Error.RangeError, 1, 20 },
        { "too many registers", s => Read(s, count: 21), SeL4Error.RangeError, 1, 20 },
        { "the service is the current thread's TCB", s => Read(s) with { Service = s.Root }, SeL4Error.IllegalOperation },
    };

    private static readonly RefusalTable s_writes = new()
    {
        { "the service is a capability of the wrong type", s => Write(s, 0, 1) with { Service = s.CSpace }, SeL4Error.IllegalOperation },
        { "one word", s => Write(s, 0) with { Words = [0] }, SeL4Error.TruncatedMessage },
        { "fewer registers than counted", s => Write(s, 0) with { Words = [0, 3, 1, 2] }, SeL4Error.TruncatedMessage },
        { "a count beyond any message", s => Write(s, 0) with { Words = [0, ulong.MaxValue, 1, 2] }, SeL4Error.TruncatedMessage },
        { "the service is the current thread's TCB", s => Write(s, 0, 1) with { Service = s.Root }, SeL4Error.IllegalOperation },
    };

    private static readonly RefusalTable s_copies = new()
    {
        { "the service is a capability of the wrong type", s => Copy(s, 0) with { Service = s.CSpace }, SeL4Error.IllegalOperation },
        { "no words", s => Copy(s, 0) with { Words = [] }, SeL4Error.TruncatedMessage },
        { "no source", s => Copy(s, 0) with { Caps = [] }, SeL4Error.TruncatedMessage },
        { "an empty source", s => Copy(s, 0) with { Caps = [s.Empty] }, SeL4Error.InvalidCapability, 1 },
        { "the source is a capability of the wrong type", s => Copy(s, 0) with { Caps = [s.Endpoint] }, SeL4Error.InvalidCapability, 1 },
    };

    public static TheoryData<string> ReadRefusals => s_reads.Names;

    public static TheoryData<string> WriteRefusals => s_writes.Names;

    public static TheoryData<string> CopyRefusals => s_copies.Names;

    [Theory]
    [MemberData(nameof(ReadRefusals))]
    public void ReadRegisters_ErrorCase_IsRefusedAndChangesNothing(string name) => s_reads.Check(name);

    [Theory]
    [MemberData(nameof(WriteRefusals))]
    public void WriteRegisters_ErrorCase_IsRefusedAndChangesNothing(string name) => s_writes.Check(name);

    [Theory]
    [MemberData(nameof(CopyRefusals))]
    public void CopyRegisters_ErrorCase_IsRefusedAndChangesNothing(string name) => s_copies.Check(name);

    [Fact]
    public void ReadRegisters_AllWritten_ReturnsThem()
    {
        using var stage = new Stage();
        ulong[] written = [.. Enumerable.Range(1, 20).Select(i => (ulong)i * 0x1000)];
        stage.Root.TcbWriteRegisters(stage.Target, 0, written).Ok();
        ulong[] expected = [.. written];
        expected[2] = (written[2] & 0xCD5) | 0x202;
        Assert.Equal(expected, stage.Root.TcbReadRegisters(stage.Target, 0, 20).Ok().Words);
        Assert.Equal(expected[..7], stage.Root.TcbReadRegisters(stage.Target, 0, 7).Ok().Words);
        stage.World.Check();
    }

    [Fact]
    public void ReadRegisters_Suspend_StopsTheThread()
    {
        using var stage = new Stage();
        stage.Root.TcbReadRegisters(stage.Target, TcbMethods.Suspend, 1).Ok();
        stage.Target.Is(ThreadState.Inactive);
        stage.World.Check();
    }

    [Fact]
    public void ReadRegisters_BlockedThread_GivesItsTrap()
    {
        using var stage = new Stage();
        ulong trap = stage.Target.Tcb->FaultIP;
        stage.Target.Recv(stage.Target.Given(stage.Endpoint));
        Assert.Equal([trap], stage.Root.TcbReadRegisters(stage.Target, 0, 1).Ok().Words);
    }

    [Fact]
    public void ReadRegisters_CallerWithoutBuffer_GetsFourWords()
    {
        using var stage = new Stage();
        stage.Root.TcbSetIpcBuffer(RootSlot.Tcb, 0, CPtr.Null).Ok();
        Assert.Equal(4, stage.Root.TcbReadRegisters(stage.Target, 0, 4).Ok().Words.Length);
        Assert.Equal(4, stage.Root.TcbReadRegisters(stage.Target, 0, 9).Ok().Words.Length);
    }

    [Fact]
    public void WriteRegisters_FlagsOfTheKernel_AreNotTaken()
    {
        using var stage = new Stage();
        stage.Root.TcbWriteRegisters(stage.Target, 0, 0, 0, ulong.MaxValue).Ok();
        Assert.Equal(0xED7UL, stage.Target.Tcb->Context.Rflags);
    }

    [Fact]
    public void WriteRegisters_ResumeSuspended_RunsAtTheAddress()
    {
        using var stage = new Stage();
        stage.Root.TcbSuspend(stage.Target).Ok();
        stage.Root.TcbWriteRegisters(stage.Target, TcbMethods.Resume, 0x1234).Ok();
        stage.Target.Yield();
        Assert.Equal(0x1234UL, stage.Target.Tcb->FaultIP);
        stage.World.Check();
    }

    [Fact]
    public void ReadRegisters_ThreadThatRuns_SaysWhereItGoesOn()
    {
        using var stage = new Stage();
        stage.Target.Yield();
        ulong next = stage.Target.Tcb->Context.Rip;
        Assert.NotEqual(next, stage.Target.Tcb->FaultIP);
        stage.Root.TcbReadRegisters(stage.Target, 0, 1).Is(SeL4Error.NoError, next);
    }

    [Theory]
    [InlineData(CopyFrame, true, false)]
    [InlineData(CopyInteger, false, true)]
    [InlineData(CopyFrame | CopyInteger, true, true)]
    [InlineData(0, false, false)]
    public void CopyRegisters_Flags_ChooseThePart(ulong flags, bool frame, bool integer)
    {
        using var stage = new Stage();
        StoryThread source = stage.World.Thread("source");
        stage.Root.TcbWriteRegisters(source, 0, [.. Enumerable.Repeat(0x7000UL, 20)]).Ok();
        stage.Root.TcbCopyRegisters(stage.Target, flags, source).Ok();
        Assert.Equal((frame, frame), (stage.Target.Tcb->Context.Rsp == 0x7000, stage.Target.Tcb->Context.R15 == 0x7000));
        Assert.Equal(frame, stage.Target.Tcb->Context.Rip == 0x7000);
        Assert.Equal(integer, stage.Target.Tcb->Context.FsBase == 0x7000);
        stage.World.Check();
    }

    [Fact]
    public void CopyRegisters_SuspendAndResume_ChangesBoth()
    {
        using var stage = new Stage();
        StoryThread source = stage.World.Thread("source");
        stage.Root.TcbSuspend(stage.Target).Ok();
        stage.Root.TcbCopyRegisters(stage.Target, TcbMethods.Suspend | ResumeTarget, source).Ok();
        source.Is(ThreadState.Inactive);
        stage.Target.IsRunnable();
        stage.World.Check();
    }

    [Fact]
    public void CopyRegisters_IntegersToItself_HasTheSourcesBasesWhenItGoesOn()
    {
        using var stage = new Stage();
        stage.Target.Tcb->Context.FsBase = 0x1000;
        stage.Target.Tcb->Context.GsBase = 0x2000;
        (Copy(stage, CopyInteger) with { Service = stage.Root, Caps = [stage.Target] }).Make().Ok();
        Assert.Equal((0x1000UL, 0x2000UL), (stage.Root.Tcb->Context.FsBase, stage.Root.Tcb->Context.GsBase));
        stage.World.Check();
    }

    [Fact]
    public void CopyRegisters_FromItselfToItself_ChangesNothing()
    {
        using var stage = new Stage();
        UserContext before = stage.Root.Tcb->Context;
        (Copy(stage, CopyInteger) with { Service = stage.Root, Caps = [stage.Root] }).Make().Ok();
        Assert.Equal((before.FsBase, before.GsBase), (stage.Root.Tcb->Context.FsBase, stage.Root.Tcb->Context.GsBase));
        stage.World.Check();
    }

    [Fact]
    public void SetTlsBase_CallingThread_ChangesItsFsBaseOnly()
    {
        using var stage = new Stage();
        stage.World.Kernel.Dispatch(stage.Target.Tcb);
        UserContext before = stage.Target.Tcb->Context;
        stage.Target.SetTlsBase(0x7000);
        (before.Rip, before.FsBase) = (before.Rip + SimKernel.TrapLength, 0x7000);
        UserContext after = stage.Target.Tcb->Context;
        Assert.Equal(before with { Rdx = after.Rdx, Rdi = after.Rdi }, after);
        stage.Target.Is(ThreadState.Running);
        stage.World.Check();
    }

    private static Attempt Read(Stage stage, ulong count = 1) => stage.Try(stage.Target, InvocationLabel.TcbReadRegisters, [0, count]);

    private static Attempt Write(Stage stage, ulong flags, params ulong[] registers) =>
        stage.Try(stage.Target, InvocationLabel.TcbWriteRegisters, [flags, (ulong)registers.Length, .. registers]);

    private static Attempt Copy(Stage stage, ulong flags) => stage.Try(stage.Target, InvocationLabel.TcbCopyRegisters, [flags], stage.Root);
}
