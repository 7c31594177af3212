namespace Rel4.Kernel.Tests;

/// <summary>Are capabilities found where the manual's section "Addressing Capabilities" says, and failures described as it says?</summary>
public sealed unsafe class AddressingTests
{
    [Theory]
    [InlineData('A', 0x0600_0000)]
    [InlineData('A', 0x060F_FFFF)]
    [InlineData('B', 0x00F0_6000)]
    [InlineData('B', 0x00F0_60FF)]
    [InlineData('C', 0x00F0_0060)]
    [InlineData('D', 0x00F0_0061)]
    [InlineData('E', 0x00F0_0062)]
    [InlineData('F', 0x00F0_0063)]
    [InlineData('G', 0x00F0_0064)]
    public void Signal_AddressOfTheManual_ReachesThatCapability(char capability, ulong address)
    {
        using var example = new ManualExample();
        example.Thread.Signal(address);
        Assert.Equal(ManualExample.BadgeOf(capability), ((Notification*)example.Signals.Address)->Word);
    }

    [Theory]
    [InlineData(0x00F, 44, 2)]
    [InlineData(0xABCD_E000_0000_000F, 44, 2)]
    [InlineData(0x00F000, 56, 3)]
    [InlineData(0xAB00_0000_0000_F000, 56, 3)]
    public void Copy_CNodeByDepthLimit_FindsTheNode(ulong address, ulong depth, int level)
    {
        using var example = new ManualExample();
        CPtr copy = example.World.FreeSlot();
        StoryThread root = example.World.Root;
        root.CNodeCopy(RootSlot.CNode, copy, 64, example.Guarded, address, depth, CapRights.All).Ok();
        Capability found = example.World.SlotOf(copy)->Cap;
        Assert.Equal(CapType.CNode, found.Type);
        Assert.Equal((nint)(level == 2 ? example.Level2.Address : example.Level3.Address), (nint)found.Address);
    }

    [Fact]
    public void Retype_WindowOfFive_FillsCToG()
    {
        using var example = new ManualExample(filled: 0);
        example.World.Root.UntypedRetype(example.World.Memory, ObjectType.Notification, 0, example.Guarded, 0x00F000, 56, 0x60, 5).Ok();
        for (ulong address = 0x00F0_0060; address <= 0x00F0_0064; address++)
            example.Thread.Signal(address);
        for (int i = 0; i < 5; i++)
            Assert.Equal(NotificationState.Active, ((Notification*)((Slot*)example.Level3.Address)[0x60 + i].Cap.Address)->State);
        example.World.Check();
    }

    [Fact]
    public void Send_GuardDiffers_FaultsWithGuardMismatch() =>
        CheckFault(0x1_0000_0000, LookupFailureType.GuardMismatch, 64, 0, 36);

    [Fact]
    public void Send_GuardOfSecondLevelDiffers_FaultsWithGuardMismatch() =>
        CheckFault(0x00FF_0000, LookupFailureType.GuardMismatch, 20, 0, 4);

    [Fact]
    public void Send_LevelLongerThanBitsLeft_FaultsWithDepthMismatch()
    {
        using var example = new ManualExample();
        example.World.Root.CNodeCopy(example.Level3, 0x70, 8, RootSlot.CNode, example.Level3, 64, CapRights.All).Ok();

        // Two bits fewer at the first level leave two for a fourth.
        ulong guard = new CNodeCapData(0, 34).Raw;
        example.World.Root.TcbSetSpace(example.Thread, ManualExample.Handler << 2, example.Level1, guard, RootSlot.VSpace, 0).Ok();
        example.Thread.Send(0x03C0_01C0);
        example.CheckFault(0x03C0_01C0, LookupFailureType.DepthMismatch, [2, 8]);
    }

    [Fact]
    public void Send_CSpaceGone_FaultsWithInvalidRoot()
    {
        using var example = new ManualExample();
        StoryThread root = example.World.Root;
        root.CNodeDelete(RootSlot.CNode, example.Guarded).Ok();
        root.CNodeRevoke(RootSlot.CNode, example.Level1).Ok();
        example.Thread.Send(0x0600_0000);
        example.Thread.Is(ThreadState.Inactive);
    }

    [Fact]
    public void Recv_EmptySlot_FaultsWithMissingCapability()
    {
        using var example = new ManualExample();
        example.Thread.Recv(0x0610_0000);
        example.CheckFault(0x0610_0000, LookupFailureType.MissingCapability, [0], phase: 1);
    }

    [Fact]
    public void Call_EmptySlot_IsAnInvalidCapability()
    {
        using var example = new ManualExample();
        example.Thread.Call(0x0610_0000);
        example.Thread.Received(0, (ulong)SeL4Error.InvalidCapability, 0);
    }

    [Fact]
    public void NBSend_GuardDiffers_DoesNothing()
    {
        using var example = new ManualExample();
        example.Thread.NBSend(0x1_0000_0000);
        example.Thread.Is(ThreadState.Running);
    }

    [Theory]
    [InlineData(64, 58, (64UL << 6) | 5, 5)]
    [InlineData(65, 58, (65UL << 6) | 5, 5)]
    [InlineData(64, 58, 1, -1)]
    [InlineData(64, 58, 64, -1)]
    [InlineData(64, 58, 64 << 3, -1)]
    [InlineData(0, 0, 5, 0)]
    public void LookupSlot_OneLevel_TakesTheBitsBehindTheGuard(ulong guard, int guardSize, ulong address, int slot)
    {
        using var world = new World();
        StoryObject node = world.CNode(6);
        Tcb thread = default;
        thread.CSpaceRoot.Cap = Capability.ToCNode(node.Address, 6).WithData(new CNodeCapData(guard, guardSize).Raw);
        Slot* found = CSpace.LookupSlot(&thread, address);
        Assert.Equal(slot < 0 ? 0 : (nint)((Slot*)node.Address + slot), (nint)found);
    }

    /// <summary>Of a node of two slots without a guard, the first bit of an address alone decides.</summary>
    [Theory]
    [InlineData(1UL, 0)]
    [InlineData(1UL << 63, 1)]
    public void LookupSlot_SmallNodeWithoutGuard_TakesTheFirstBit(ulong address, int slot)
    {
        using var world = new World();
        StoryObject node = world.CNode(1);
        Tcb thread = default;
        thread.CSpaceRoot.Cap = Capability.ToCNode(node.Address, 1);
        Assert.Equal((nint)((Slot*)node.Address + slot), (nint)CSpace.LookupSlot(&thread, address));
    }

    /// <summary>A node that takes all bits of an address is found by a way of its own; it must lead where the other does, which all the arguments of methods go.</summary>
    [Fact]
    public void LookupSlot_NodeOfAnyRadix_IsWhereAnArgumentOf64BitsIs()
    {
        var random = new SplitMix(1);
        Tcb thread = default;
        for (int radix = 1; radix < Limits.WordBits; radix++)
        {
            for (int i = 0; i < 64; i++)
            {
                ulong guard = i == 0 ? 0 : random.Next() & ((1UL << Math.Min(Limits.WordBits - radix, 58)) - 1), index = random.Next() & ((1UL << radix) - 1);
                Capability root = Capability.ToCNode((void*)0x1000, radix).WithData(new CNodeCapData(guard, Limits.WordBits - radix).Raw);
                thread.CSpaceRoot.Cap = root;
                Assert.True(root.IsWholeCNode);
                ulong address = (guard << radix) | index;
                Assert.Equal((nint)(root.Slots + index), (nint)CSpace.LookupSlot(&thread, address));

                ulong other = address ^ (1UL << random.Below(Limits.WordBits));
                _ = CSpace.LookupTarget(root, other, Limits.WordBits, Refusal.Side.Source, out Slot* slot);
                Assert.Equal((nint)slot, (nint)CSpace.LookupSlot(&thread, other));
            }
        }
    }

    /// <summary>Only a CNode goes the short way, and only with all bits: no other capability's word may add up to the same.</summary>
    [Fact]
    public void IsWholeCNode_AnyTypeRightsFlagRadixAndGuardSize_HoldsForCNodesOf64BitsOnly()
    {
        for (ulong high = 0; high <= ushort.MaxValue; high++)
        {
            for (ulong guardSize = 0; guardSize < Limits.WordBits; guardSize++)
            {
                Capability capability = default;
                capability.Word0 = high << 48;
                capability.Word1 = guardSize;
                bool isNode = capability.Type == CapType.CNode;

                // There is none with rights or flag.
                if (isNode && (capability.Rights != 0 || capability.IsDevice))
                    continue;
                bool isWhole = isNode && capability.Bits + (int)guardSize == Limits.WordBits;
                Assert.True(isWhole == capability.IsWholeCNode, $"{high:x} with {guardSize}");
            }
        }
    }

    /// <summary>What a zombie counts would be read as a guard that fits.</summary>
    [Fact]
    public void LookupSlot_RootInDestruction_LeadsNowhere()
    {
        using var world = new World();
        Tcb thread = default;
        thread.CSpaceRoot.Cap = Capability.CNodeZombie(Capability.ToCNode(world.CNode(6).Address, 6));
        thread.CSpaceRoot.Cap.SlotsLeft = 58;
        Assert.True(CSpace.LookupSlot(&thread, 3) == null);
        Assert.Equal(LookupFailureType.InvalidRoot, CSpace.FailureOf(&thread, 3).Type);
    }

    [Fact]
    public void LookupTarget_RootIsNoNode_IsNamedBeforeTheDepth()
    {
        using var world = new World();
        Refusal refusal = CSpace.LookupTarget(world.Endpoint().Slot->Cap, 0, 65, Refusal.Side.Source, out Slot* slot);
        Assert.True(slot == null);
        Assert.Equal((SeL4Error.FailedLookup, LookupFailureType.InvalidRoot), (refusal.Code, refusal.Lookup.Type));
    }

    [Fact]
    public void LookupTarget_DepthOfTheGuardOnly_IsADepthMismatch()
    {
        using var world = new World();
        Capability node = Capability.ToCNode(world.CNode(6).Address, 6).WithData(new CNodeCapData(3, 8).Raw);
        Refusal refusal = CSpace.LookupTarget(node, 3, 8, Refusal.Side.Source, out Slot* slot);
        Assert.True(slot == null);
        Assert.Equal((LookupFailureType.DepthMismatch, 8UL, 14UL), (refusal.Lookup.Type, refusal.Lookup.BitsLeft, refusal.Lookup.Detail1));
    }

    private static void CheckFault(ulong address, LookupFailureType type, params ulong[] details)
    {
        using var example = new ManualExample();
        example.Thread.Send(address);
        example.CheckFault(address, type, details);
    }

    /// <summary>Is the CSpace of the manual's figure, its root guard 32 bits longer: our words have 64.</summary>
    private sealed class ManualExample : IDisposable
    {
        /// <summary>Where the thread's fault handler is.</summary>
        public const ulong Handler = 0x0700_0000;

        public ManualExample(int filled = 5)
        {
            World = new World();
            Thread = World.Thread("thread");
            Signals = World.Notification();
            Faults = World.Endpoint("faults");
            Level1 = World.CNode(8, "L1");
            Level2 = World.CNode(8, "L2");
            Level3 = World.CNode(8, "L3");
            Guarded = World.Root.Given(Level1, badge: new CNodeCapData(0, 36).Raw);
            Put(Level1, 0x60, Signals, BadgeOf('A'));
            Put(Level1, 0x70, Faults, 0);
            Put(Level1, 0x0F, Level2, new CNodeCapData(0, 4).Raw);
            Put(Level2, 0x60, Signals, BadgeOf('B'));
            Put(Level2, 0x00, Level3, 0);
            for (int i = 0; i < filled; i++)
                Put(Level3, 0x60 + (ulong)i, Signals, BadgeOf((char)('C' + i)));
            World.Root.TcbSetSpace(Thread, Handler, Guarded, 0, RootSlot.VSpace, 0).Ok();
        }

        public World World { get; }

        public StoryThread Thread { get; }

        public StoryObject Signals { get; }

        public StoryObject Faults { get; }

        public StoryObject Level1 { get; }

        public StoryObject Level2 { get; }

        public StoryObject Level3 { get; }

        /// <summary>Gets the root task's capability to the first level with its guard.</summary>
        public CPtr Guarded { get; }

        public static ulong BadgeOf(char capability) => 1UL << (capability - 'A');

        public void CheckFault(ulong address, LookupFailureType type, ulong[] details, ulong phase = 0)
        {
            World.Root.Recv(Faults);
            World.Root.Received(0, (ulong)FaultType.CapFault, [Thread.Tcb->FaultIP, address, phase, (ulong)type, .. details]);
            World.Check();
        }

        public void Dispose() => World.Dispose();

        private void Put(StoryObject node, ulong slot, CPtr original, ulong badge)
        {
            StoryThread root = World.Root;
            InvocationResult result = badge == 0
                ? root.CNodeCopy(node, slot, 8, RootSlot.CNode, original, 64, CapRights.All)
                : root.CNodeMint(node, slot, 8, RootSlot.CNode, original, 64, CapRights.All, badge);
            result.Ok();
        }
    }
}
