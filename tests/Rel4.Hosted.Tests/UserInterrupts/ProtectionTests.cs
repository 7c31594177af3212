using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;

namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>What can a task not do to another, or to the kernel, with the pages and descriptors it is given?</summary>
[Collection(nameof(OneKernel))]
public sealed class ProtectionTests
{
    [Fact]
    public void StatusPage_OnceASenderHasIt_CanBeMappedWritableByNobody()
    {
        using var kernel = new InProcessKernel();
        ulong notification = kernel.Make(ObjectType.Notification);
        TaskOnThread thread = kernel.StartThread();
        using UserInterruptReceiver receiver = InProcessKernel.OpenReceiver(notification, thread.Tcb);
        using UserInterruptSender sender = InProcessKernel.OpenSender(kernel.Mint(notification, 1));

        // As root, too: opening the descriptor anew gives a file that can be written, but for the seals.
        using FileStream file = File.Open(StatusFile.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

        using (MemoryMappedFile writable =
            MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true))
            Assert.ThrowsAny<UnauthorizedAccessException>(() => writable.CreateViewAccessor().Dispose());
        Assert.ThrowsAny<UnauthorizedAccessException>(() => RandomAccess.Write(file.SafeFileHandle, [1], 0));
        using MemoryMappedFile readOnly =
            MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        using MemoryMappedViewAccessor view = readOnly.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        Assert.Equal(0u, view.ReadUInt32(0));
    }

    [Fact]
    public unsafe void TryOpenSender_BeforeTheReceiverHasMappedItsPage_IsRefused()
    {
        using var receiverSide = new FakeProcess(1);
        using var senderSide = new FakeProcess(2);
        using HostedReceiver receiver = HostedReceiver.TryOpen(1, receiverSide.Process)!;
        Span<int> pages = receiverSide.Take(out _);

        Assert.Equal(-1, receiver.TryOpenSender(senderSide.Process, new SenderHandle(0, 1), 0));

        byte* inbox = Memory.MapWritable(pages[1], ReceiverInbox.Size);
        ((ReceiverInbox*)inbox)->Mapped = 1;
        Assert.Equal(0, receiver.TryOpenSender(senderSide.Process, new SenderHandle(0, 1), 0));
        Memory.Unmap(inbox, ReceiverInbox.Size);
        Descriptors.CloseAll(pages);
    }

    [Fact]
    public unsafe void TryOpenSender_OfAReceiverThatSealedItsSealsFirst_IsRefused()
    {
        using var receiverSide = new FakeProcess(1);
        using var senderSide = new FakeProcess(2);
        using HostedReceiver receiver = HostedReceiver.TryOpen(1, receiverSide.Process)!;
        Span<int> pages = receiverSide.Take(out _);
        byte* inbox = Memory.MapWritable(pages[1], ReceiverInbox.Size);
        ((ReceiverInbox*)inbox)->Mapped = 1;

        Assert.True(Memory.TryAddSeals(pages[0], Memory.Seals.Seal));

        Assert.Equal(-1, receiver.TryOpenSender(senderSide.Process, new SenderHandle(0, 1), 0));
        Memory.Unmap(inbox, ReceiverInbox.Size);
        Descriptors.CloseAll(pages);
    }

    [Fact]
    public unsafe void TakePending_OfAReceiverThatScribbles_YieldsItsOwnBitsOnly()
    {
        using var receiverSide = new FakeProcess(1);
        using var senderSide = new FakeProcess(2);
        using HostedReceiver receiver = HostedReceiver.TryOpen(1, receiverSide.Process)!;
        Span<int> pages = receiverSide.Take(out _);
        byte* inbox = Memory.MapWritable(pages[1], ReceiverInbox.Size);
        ((ReceiverInbox*)inbox)->Mapped = 1;
        Assert.Equal(0, receiver.TryOpenSender(senderSide.Process, new SenderHandle(0, 1), 7));

        var random = new Random(1);
        for (int i = 0; i < 100; i++)
        {
            random.NextBytes(new Span<byte>(inbox, ReceiverInbox.Size));
            ((ReceiverInbox*)inbox)->Posted = 0;
            Assert.Equal(0ul, receiver.TakePending() & ~(1ul << 7));
        }

        receiver.CloseSender(0);
        Assert.Equal(0, receiver.TryOpenSender(senderSide.Process, new SenderHandle(0, 2), 8));
        Memory.Unmap(inbox, ReceiverInbox.Size);
        Descriptors.CloseAll(pages);
    }

    [Fact]
    public unsafe void TryOpenSender_OfAProcessThatHasItsShare_IsRefusedAndOthersFindPlaces()
    {
        using var root = new FakeProcess(1);
        using var hostile = new FakeProcess(2, root);
        using var attachedByIt = new FakeProcess(3, hostile);
        using var other = new FakeProcess(4, root);
        using HostedReceiver receiver = HostedReceiver.TryOpen(1, root.Process)!;
        Span<int> pages = root.Take(out _);
        byte* inbox = Memory.MapWritable(pages[1], ReceiverInbox.Size);
        ((ReceiverInbox*)inbox)->Mapped = 1;
        ulong generation = 0;

        for (int i = 0; i < HostedReceiver.MostSendersOfOne; i++)
            Assert.Equal(i, Open(i % 2 == 0 ? hostile : attachedByIt));

        Assert.Equal(-1, Open(hostile));
        Assert.Equal(-1, Open(attachedByIt));
        Assert.Equal(HostedReceiver.MostSendersOfOne, Open(other));
        receiver.CloseSender(0);
        Assert.Equal(0, Open(hostile));
        Memory.Unmap(inbox, ReceiverInbox.Size);
        Descriptors.CloseAll(pages);

        int Open(FakeProcess sender)
        {
            int slot = receiver.TryOpenSender(sender.Process, new SenderHandle(0, ++generation), 0);
            if (slot < 0)
                return slot;
            Descriptors.CloseAll(root.Take(out _));
            Descriptors.CloseAll(sender.Take(out _));
            return slot;
        }
    }

    [Fact]
    public void TryOpen_WhenTheProcessReadsNoMessages_IsRefusedAndHoldsNothing()
    {
        using var process = new FakeProcess(1);
        var receivers = new List<HostedReceiver>();
        try
        {
            while (HostedReceiver.TryOpen((ushort)receivers.Count, process.Process) is { } receiver)
                receivers.Add(receiver);
            (int descriptors, int mappings) = ProcessResources.CountForGood();

            for (int i = 0; i < 10; i++)
                Assert.Null(HostedReceiver.TryOpen(0, process.Process));

            Assert.NotEmpty(receivers);
            Assert.InRange(ProcessResources.Descriptors, 0, descriptors);
            Assert.InRange(ProcessResources.SharedMappings, 0, mappings);
        }
        finally
        {
            receivers.ForEach(receiver => receiver.Dispose());
        }
    }

    [Theory]
    [InlineData("the receiver's")]
    [InlineData("the sender's")]
    public unsafe void TryOpenSender_WhenOneProcessReadsNoMessages_IsRefusedAndHoldsNothing(string whose)
    {
        using var receiverSide = new FakeProcess(1);
        using var senderSide = new FakeProcess(2);
        using HostedReceiver receiver = HostedReceiver.TryOpen(1, receiverSide.Process)!;
        Span<int> pages = receiverSide.Take(out _);
        byte* inbox = Memory.MapWritable(pages[1], ReceiverInbox.Size);
        ((ReceiverInbox*)inbox)->Mapped = 1;
        (whose == "the sender's" ? senderSide : receiverSide).Fill();
        (int descriptors, int mappings) = ProcessResources.CountForGood();

        for (int i = 0; i < 10; i++)
            Assert.Equal(-1, receiver.TryOpenSender(senderSide.Process, new SenderHandle(0, 1), 0));

        Assert.InRange(ProcessResources.Descriptors, 0, descriptors);
        Assert.InRange(ProcessResources.SharedMappings, 0, mappings);
        Memory.Unmap(inbox, ReceiverInbox.Size);
        Descriptors.CloseAll(pages);
    }

    [Fact]
    public void Layouts_OfTheSharedPages_AreWhatTheirDocumentationSays()
    {
        Assert.Equal(16, Unsafe.SizeOf<TaskMessage>());
        Assert.Equal(4096, Unsafe.SizeOf<ReceiverStatus>());
        Assert.Equal(12288, Unsafe.SizeOf<ReceiverInbox>());
        Assert.Equal(4096, Unsafe.SizeOf<SenderOutbox>());
    }
}
