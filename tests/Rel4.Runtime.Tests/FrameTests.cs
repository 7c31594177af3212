using Rel4.Abi;

namespace Rel4.Runtime.Tests;

/// <summary>Maps frames: on Sim, which has no address spaces, in vain, and on a kernel that answers as a test says.</summary>
public sealed class FrameTests
{
    [Fact]
    public void Map_OnAMachineThatMaps_SendsAddressRightsAndAttributes()
    {
        TrapFrame seen = default;
        ulong space = 0;
        using var machine = new ScriptedMachine((ref frame, ref buffer) =>
        {
            seen = frame;
            space = Capability(ref buffer);
            frame.Info = default;
        });

        new FrameCap(20).Map(new VSpaceCap(3), 0x20_0000, CapRights.ReadWrite, X86VMAttributes.Uncacheable);

        Assert.Equal((Syscall.Call, 20UL, 3UL), (seen.Number, seen.Capability, space));
        Assert.Equal(((ulong)InvocationLabel.X86PageMap, 3U, 1U), (seen.Info.Label, seen.Info.Length, seen.Info.ExtraCaps));
        Assert.Equal((0x20_0000UL, 3UL, 3UL), (seen.Word0, seen.Word1, seen.Word2));
    }

    [Fact]
    public void UnmapAndGetAddress_OnAMachineThatMaps_Succeed()
    {
        using var machine = new ScriptedMachine((ref frame, ref _) =>
        {
            frame.Word0 = frame.Info.Label == (ulong)InvocationLabel.X86PageGetAddress ? 0x5000UL : 0;
            frame.Info = default;
        });

        new FrameCap(20).Unmap();

        Assert.Equal(0x5000UL, new FrameCap(20).GetAddress());
    }

    [Theory]
    [InlineData(SeL4Error.AlignmentError, "the address is not aligned to the frame's size. Choose a multiple of the frame's size.")]
    [InlineData(SeL4Error.DeleteFirst, "something is mapped at the address. Unmap it or choose another address.")]
    [InlineData(SeL4Error.FailedLookup, "page tables are missing at the address. Map page tables there first.")]
    [InlineData(SeL4Error.InvalidArgument, "the address is the kernel's, or the frame is mapped at another one. "
        + "Choose an address for user code; unmap the frame first.")]
    public void Map_Refused_SaysWhy(SeL4Error error, string message)
    {
        using var machine = new ScriptedMachine((ref frame, ref _) => frame.Info = new MessageInfo((ulong)error, 0, 0, 0));

        Refusals.Says(
            $"X86_Page_Map on capability 20 failed with {error}: {message}",
            () => new FrameCap(20).Map(new VSpaceCap(3), 0x1000, CapRights.Read));
    }

    [Fact]
    public void Methods_OnAMachineWithoutMapping_AreRefused()
    {
        using var world = new SimWorld();
        var frame = new FrameCap(world.Make(ObjectType.Page4K));

        Refusals.Says(
            $"X86_Page_Map on capability {frame.CPtr} failed with IllegalOperation: it is not a frame, or this machine has no such method. "
            + "Leave mapping to the machine.",
            () => frame.Map(world.Space, 0x1000, CapRights.Read));
        Refusals.Says(
            $"X86_Page_Unmap on capability {frame.CPtr} failed with IllegalOperation: it is not a frame, or this machine has no such "
            + "method. "
            + "Leave mapping to the machine.",
            frame.Unmap);
        Refusals.Says(
            "X86_Page_GetAddress on capability 1 failed with IllegalOperation: it is not a frame, or this machine has no such method. "
            + "Leave mapping to the machine.",
            () => new FrameCap(RootSlot.Tcb).GetAddress());
    }

    private static unsafe ulong Capability(ref IpcBuffer buffer) => buffer.CapsOrBadges[0];
}
