using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>How much does a call do before it lets a pending interrupt in?</summary>
[Collection(nameof(MachineWorld))]
public sealed unsafe class PreemptionTests : IDisposable
{
    private readonly MachineWorld _world = new(hasContexts: false);

    public void Dispose()
    {
        LocalApic.Ticks = false;
        _world.Dispose();
    }

    [Fact]
    public void Retype_InterruptPending_ClearsNoMoreThan64KiBInOneStretch()
    {
        const ulong Most = 64 * 1024;
        ulong memory = _world.UntypedOf(Limits.LargePageBits + 1);
        ulong untyped = _world.FirstFree + 20, frame = untyped + 1;
        MachineWorld.Require(_world.Invoke(
            memory, InvocationLabel.UntypedRetype, [(ulong)ObjectType.Untyped, Limits.LargePageBits, 0, 0, untyped, 1], RootSlot.CNode));
        MachineWorld.Require(MakeFrame());
        _world.Delete(frame);
        LocalApic.Ticks = true;
        ulong left = _world.Slots[untyped].Cap.Watermark;
        Assert.Equal(1UL << Limits.LargePageBits, left);

        int stretches = 0;
        while (_world.Slots[frame].Cap.IsNull)
        {
            _ = MakeFrame();
            ulong now = _world.Slots[frame].Cap.IsNull ? _world.Slots[untyped].Cap.Watermark : 0;
            Assert.InRange(left - now, 1UL, Most);
            left = now;
            stretches++;
        }

        Assert.InRange(stretches, (1 << Limits.LargePageBits) / (int)Most, int.MaxValue);

        SeL4Error MakeFrame() => _world.Invoke(
            untyped, InvocationLabel.UntypedRetype, [(ulong)ObjectType.LargePage, 0, 0, 0, frame, 1], RootSlot.CNode);
    }

    [Fact]
    public void PreemptionPending_ManyThreadsWereMadeReady_LooksAtOnce()
    {
        ulong thread = _world.Make(ObjectType.Tcb);
        LocalApic.Ticks = true;
        int points = 1;
        while (!MetalMachine.PreemptionPending(_world.State))
            points++;
        Assert.InRange(points, 1, 64);
        Assert.False(MetalMachine.PreemptionPending(_world.State));
        for (int i = 0; i < 64; i++)
        {
            MachineWorld.Require(_world.Invoke(thread, InvocationLabel.TcbResume, []));
            MachineWorld.Require(_world.Invoke(thread, InvocationLabel.TcbSuspend, []));
        }

        Assert.True(MetalMachine.PreemptionPending(_world.State));
    }
}
