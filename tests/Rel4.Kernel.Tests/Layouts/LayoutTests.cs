namespace Rel4.Kernel.Tests;

/// <summary>Is every structure laid out as its documentation, and libsel4, say?</summary>
public sealed unsafe class LayoutTests
{
    [Fact]
    public void Sizes_OfKernelObjects_AreTheirObjectBits()
    {
        Assert.Equal(16, sizeof(Capability));
        Assert.Equal(1 << Limits.SlotBits, sizeof(Slot));
        Assert.Equal(1 << Limits.EndpointBits, sizeof(Endpoint));
        Assert.Equal(1 << Limits.NotificationBits, sizeof(Notification));
        Assert.InRange(sizeof(Tcb), 1, 1 << Limits.TcbBits);
        Assert.Equal(20, sizeof(Sender));
    }

    [Fact]
    public void Sizes_OfUserStructures_AreLibsel4s()
    {
        Assert.Equal(1024, sizeof(IpcBuffer));
        Assert.Equal(160, sizeof(UserContext));
        Assert.Equal(16, sizeof(UntypedDescription));
        Assert.True(sizeof(BootInfo) + (BootInfo.MaxUntyped * sizeof(UntypedDescription)) <= 4096);
    }

    [Fact]
    public void WithPointer_AnyWord_KeepsItsHighBitsOnly()
    {
        Assert.Equal(0xFFFFUL << 48, Packed.WithPointer(ulong.MaxValue, null));
        Assert.Equal(0x1234_0000_0000_0010UL, Packed.WithPointer(0x1234UL << 48, (void*)16));
    }

    [Fact]
    public void Offsets_OfIpcBuffer_AreLibsel4s()
    {
        IpcBuffer buffer;
        Assert.Equal(0, Offset(&buffer, &buffer.Tag));
        Assert.Equal(8, Offset(&buffer, buffer.Message));
        Assert.Equal(968, Offset(&buffer, &buffer.UserData));
        Assert.Equal(976, Offset(&buffer, buffer.CapsOrBadges));
        Assert.Equal(1000, Offset(&buffer, &buffer.ReceiveCNode));
        Assert.Equal(1008, Offset(&buffer, &buffer.ReceiveIndex));
        Assert.Equal(1016, Offset(&buffer, &buffer.ReceiveDepth));
    }

    [Fact]
    public void Offsets_OfUserContext_AreLibsel4s()
    {
        UserContext context;
        void*[] fields =
        [
            &context.Rip, &context.Rsp, &context.Rflags, &context.Rax, &context.Rbx, &context.Rcx, &context.Rdx, &context.Rsi, &context.Rdi,
            &context.Rbp, &context.R8, &context.R9, &context.R10, &context.R11, &context.R12, &context.R13, &context.R14, &context.R15,
            &context.FsBase, &context.GsBase,
        ];
        Assert.Equal(UserContext.Count, fields.Length);
        for (int i = 0; i < fields.Length; i++)
            Assert.Equal(i * 8, Offset(&context, fields[i]));
    }

    [Fact]
    public void Offsets_OfTcbSlots_StartTheThread()
    {
        Tcb thread;
        Slot*[] slots = [&thread.CSpaceRoot, &thread.VSpaceRoot, &thread.MasterReply, &thread.Caller, &thread.IpcBufferFrame, &thread.BatchFrame];
        Assert.Equal(Tcb.SlotCount, slots.Length);
        for (int i = 0; i < slots.Length; i++)
            Assert.Equal(i * 32, Offset(&thread, slots[i]));
    }

    [Fact]
    public void Offsets_OfSlot_AreAsDocumented()
    {
        var slot = new Slot(new Capability { Word0 = 1, Word1 = 2 }) { Previous = (Slot*)0x1220, Next = (Slot*)0x4560, FirstSender = 0x2BCD_1234 };
        var words = (ulong*)&slot;
        Assert.Equal([1UL, 2UL, 0x1220_1234, 0x4560_AF37], new ReadOnlySpan<ulong>(words, 4).ToArray());
    }

    [Fact]
    public void Fields_OfEndpoint_AreAsDocumented()
    {
        var endpoint = new Endpoint { State = EndpointState.Receive, Queue = new ThreadQueue((Tcb*)0x800, (Tcb*)0x1000) };
        Assert.Equal([0x0802, 0x1000], new ReadOnlySpan<ulong>(&endpoint, 2).ToArray());
    }

    [Fact]
    public void Fields_OfNotification_AreAsDocumented()
    {
        var notification = new Notification
        {
            Word = 7,
            State = NotificationState.Active,
            Receiver = (Tcb*)0x1800,
            Queue = new ThreadQueue((Tcb*)0x800, (Tcb*)0x1000),
            BoundThread = (Tcb*)0x1800,
        };
        Assert.Equal([7UL, 0x0802, 0x1000, 0x1803], new ReadOnlySpan<ulong>(&notification, 4).ToArray());
    }

    [Fact]
    public void Thread_OfNotificationThatReceivesOrIsBound_IsThatOfEither()
    {
        var thread = (Tcb*)0x1800;
        var notification = new Notification { Receiver = thread };
        Assert.True(notification.Thread == thread && notification.Receiver == thread && notification.BoundThread == null);
        notification.BoundThread = thread;
        notification.Receiver = null;
        Assert.True(notification.Thread == thread && notification.Receiver == null && notification.BoundThread == thread);
        notification.BoundThread = null;
        Assert.True(notification.Thread == null && notification.Receiver == null && notification.BoundThread == null);
    }

    [Fact]
    public void FirstSender_OfSlot_LeavesTheRest()
    {
        var slot = new Slot(default) { Previous = (Slot*)~0x1FUL, Next = (Slot*)~0x3FUL, FirstSender = 0x3FFF_FFFF };
        Assert.Equal(0x3FFF_FFFFU, slot.FirstSender);
        slot.FirstSender = 0x1234_5678;
        Assert.Equal(0x1234_5678U, slot.FirstSender);
        Assert.True(slot.Previous == (Slot*)~0x1FUL && slot.Next == (Slot*)~0x3FUL && slot.IsRevocable && slot.IsFirstBadged);
        slot.Next = null;
        slot.Previous = null;
        Assert.Equal((0x1234_5678U, false), (slot.FirstSender, slot.HasNext));
        slot.FirstSender = 0x3FFF_FFFF;
        Assert.False(slot.HasNext);
        slot.FirstSender = 0;
        Assert.Equal((0U, true, true), (slot.FirstSender, slot.IsRevocable, slot.IsFirstBadged));
        var behind = new Slot { Next = (Slot*)1 };
        Assert.True(behind.HasNext);
    }

    [Fact]
    public void Types_OfRightsToAllOfAKind_ComeBeforeTheKind()
    {
        Assert.Equal(CapType.IrqHandler, CapType.IrqControl + 1);
        Assert.Equal(CapType.IOPort, CapType.IOPortControl + 1);
    }

    [Fact]
    public void Fields_OfCapability_AreAsDocumented()
    {
        Capability frame = Capability.ToFrame((void*)0x1000, 12, isDevice: true);
        Assert.Equal(((ulong)CapType.Frame << 59) | (3UL << 55) | (1UL << 54) | (12UL << 48) | 0x1000, frame.Word0);
        var high = (void*)0xFFFF_8000_0000_1000;
        Assert.Equal((nint)high, (nint)Capability.ToEndpoint(high).Address);
    }

    [Theory]
    [InlineData(0x5UL, 0u, 0u, 0u, 0x5000UL)]
    [InlineData(0UL, 7u, 0u, 0u, 0xE00UL)]
    [InlineData(0UL, 0u, 3u, 0u, 0x180UL)]
    [InlineData(0UL, 0u, 0u, 120u, 0x78UL)]
    [InlineData(0xF_FFFF_FFFF_FFFF, 7u, 3u, 0x7Fu, ulong.MaxValue)]
    public void MessageInfo_Fields_HaveLibsel4sBits(ulong label, uint unwrapped, uint caps, uint length, ulong raw)
    {
        var info = new MessageInfo(label, unwrapped, caps, length);
        Assert.Equal(raw, info.Raw);
        Assert.Equal((label, unwrapped, caps), (info.Label, info.CapsUnwrapped, info.ExtraCaps));
        Assert.Equal(Math.Min(length, 120), info.Length);
    }

    [Fact]
    public void CapRights_Bits_AreLibsel4s() =>
        Assert.Equal((1u, 2u, 4u, 8u), ((uint)CapRights.Write, (uint)CapRights.Read, (uint)CapRights.Grant, (uint)CapRights.GrantReply));

    [Fact]
    public void CNodeCapData_Fields_HaveLibsel4sBits()
    {
        var data = new CNodeCapData(0xABC, 12);
        Assert.Equal((0xABCUL << 6) | 12, data.Raw);
        Assert.Equal((0xABCUL, 12), (data.Guard, data.GuardSize));
    }

    [Fact]
    public void SenderHandle_Fields_AreAsDocumented()
    {
        var handle = new SenderHandle(0x1234, 0x56);
        Assert.Equal(0x56_1234UL, handle.Raw);
        Assert.Equal(((ushort)0x1234, 0x56UL), (handle.Index, handle.Generation));
    }

    private static int Offset(void* start, void* field) => (int)((byte*)field - (byte*)start);
}
