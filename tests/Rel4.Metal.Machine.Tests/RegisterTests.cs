using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Which registers does a method of the machine's objects leave as they were?</summary>
[Collection(nameof(MachineWorld))]
public sealed unsafe class RegisterTests : IDisposable
{
    private const uint FsBase = MachineWorld.FsBase;
    private const uint GsBase = MachineWorld.GsBase;
    private const ulong Word = 0x60;

    private readonly MachineWorld _world = new(hasContexts: false);
    private readonly ulong _ports;

    public RegisterTests()
    {
        _ports = _world.FirstFree + 100;
        MachineWorld.Require(_world.Invoke(
            RootSlot.IOPortControl, InvocationLabel.X86IOPortControlIssue, [Word, Word + 3, _ports, Limits.WordBits], RootSlot.CNode));
    }

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(InvocationLabel.X86PageGetAddress)]
    [InlineData(InvocationLabel.X86IOPortIn8)]
    [InlineData(InvocationLabel.X86IOPortIn16)]
    [InlineData(InvocationLabel.X86IOPortIn32)]
    public void Send_MethodThatReturnsAWord_CallerKeepsItsRegisters(InvocationLabel label)
    {
        ulong service = label == InvocationLabel.X86PageGetAddress ? _world.Make(ObjectType.Page4K) : _ports;
        UserContext* registers = &_world.State->Shared->RootThread->Context;
        foreach (Syscall call in (Syscall[])[Syscall.Send, Syscall.NBSend])
        {
            registers->R8 = registers->R9 = registers->R15 = 0x77;
            _ = _world.Trap(call, service, label, [Word]);

            Assert.Equal((service, Word, 0x77UL, 0x77UL, 0x77UL), (registers->Rdi, registers->R10, registers->R8, registers->R9, registers->R15));
            Assert.Equal(new MessageInfo((ulong)label, 0, 0, 1).Raw, registers->Rsi);
        }

        Assert.Equal(SeL4Error.NoError, _world.Invoke(service, label, [Word]));
        Assert.NotEqual(Word, _world.Word0);
    }

    [Fact]
    public void Leave_AnotherThreadRuns_LoadsItsBases()
    {
        ulong other = _world.Make(ObjectType.Tcb);
        Tcb* thread = _world.State->Shared->RootThread, second = _world.Slots[other].Cap.Thread;
        second->Context.FsBase = 0x2000;
        _world.State->Current = second;
        _world.Resume();
        ulong loaded = Instructions.RegisterOf(FsBase);
        _world.State->Current = thread;
        _world.Resume();
        Assert.Equal((0x2000UL, 0UL), (loaded, Instructions.RegisterOf(FsBase)));
    }

    [Theory]
    [InlineData(0x7FFF_FFFF_F000, 0x7FFF_FFFF_F000)]
    [InlineData(0x0000_8000_0000_0000, 0xFFFF_8000_0000_0000)]
    [InlineData(0x1234_0000_0000_1000, 0x1000)]
    public void SetTlsBase_AnyAddress_IsMadeCanonical(ulong address, ulong loaded)
    {
        _ = _world.Trap(Syscall.SetTlsBase, address, 0, []);
        Assert.Equal(loaded, Instructions.RegisterOf(FsBase));
    }

    [Fact]
    public void SetTlsBase_ToWhatWasLoadedBeforeUserCodeChangedIt_IsLoadedAgain()
    {
        ProcessorState.Own->UsersSetBases = true;
        _ = _world.Trap(Syscall.SetTlsBase, 0x1000, 0, []);
        Instructions.WriteMsr(FsBase, 0x3000);
        Instructions.WriteMsr(GsBase, 0x4000);
        _ = _world.Trap(Syscall.SetTlsBase, 0x1000, 0, []);
        Assert.Equal((0x1000UL, 0x4000UL), (Instructions.RegisterOf(FsBase), Instructions.RegisterOf(GsBase)));
    }

    [Fact]
    public void CopyRegisters_ToItself_LoadsTheBasesThatItNowHas()
    {
        const ulong Integer = 8;
        ulong source = _world.Make(ObjectType.Tcb);
        Tcb* thread = _world.Slots[source].Cap.Thread;
        thread->Context.FsBase = 0x1234_5000;
        thread->Context.GsBase = 0x6789_0000;

        MachineWorld.Require(_world.Invoke(RootSlot.Tcb, InvocationLabel.TcbCopyRegisters, [Integer], source));

        Assert.Equal((0x1234_5000UL, 0x6789_0000UL), (Instructions.RegisterOf(FsBase), Instructions.RegisterOf(GsBase)));
    }
}
