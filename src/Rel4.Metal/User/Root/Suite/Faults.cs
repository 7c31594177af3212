using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Lets the first worker fault and the second, in another address space, handle it (manual chapter "Faults").</summary>
internal static unsafe class Faults
{
    private const ulong Badge = 0xF1;
    private const ulong Empty = TaskLayout.FirstFree + 4;
    private const ulong Value = 0x5EED;

    // Bits of a page fault's error code (Intel SDM volume 3, "Page-Fault Exceptions").
    private const ulong Present = 1;
    private const ulong Write = 2;
    private const ulong User = 4;
    private const ulong Fetch = 16;

    private const ulong DivideError = 0;
    private const ulong UndefinedInstruction = 6;
    private const ulong GeneralProtection = 13;

    // Words of the message of an unknown system call.
    private const int UnknownIP = 15;
    private const int UnknownReplyLength = 18;
    private const int UnknownNumber = 18;

    private static ulong _page = 0x5000_0000;

    /// <summary>Runs all rows.</summary>
    public static void Run(in Stage stage, in CodePage code, ref Report report)
    {
        report.Row("fault"u8, "VM"u8, "read"u8, "handler told address and code; page mapped, reply: read again"u8, MissingPage(stage));
        report.Row("fault"u8, "VM"u8, "write"u8, "write to a read-only page: handler told; made writable, written"u8, ReadOnlyPage(stage));
        report.Row("fault"u8, "VM"u8, "fetch"u8, "jump into a page of data: handler told"u8, DataPage(stage));
        report.Row("fault"u8, "exception"u8, "undefined"u8, "handler told vector 6; reply with another IP: goes on there"u8, Undefined(stage, code));
        report.Row("fault"u8, "exception"u8, "divide"u8, "handler told vector 0"u8, Exception(stage, code, [0x31, 0xC9, 0xF7, 0xF1], DivideError));
        report.Row("fault"u8, "exception"u8, "privileged"u8, "handler told vector 13"u8, Exception(stage, code, [0xF4], GeneralProtection));
        report.Row("fault"u8, "exception"u8, "refused"u8, "a reply with a label leaves the thread stopped"u8, Refused(stage, code));
        report.Row("fault"u8, "system call"u8, "unknown"u8, "handler told registers and number; reply: goes on behind it"u8, Unknown(stage, code));
        report.Row("fault"u8, "capability"u8, "Recv"u8, "handler told; slot filled, reply: receives again"u8, MissingCapability(stage));
        report.Row("fault"u8, "capability"u8, "Send"u8, "handler told of the guard; reply: sends again, faults again"u8, WrongAddress(stage));
        report.Row("fault"u8, "no handler"u8, "read"u8, "the thread stops, others go on"u8, NoHandler(stage));
    }

    private static bool MissingPage(in Stage stage)
    {
        Prepare(stage);
        ulong address = NextPage();
        stage.Of(Actor.First).Command(WorkerCommand.Read, address);
        bool told = ToldOfMemory(stage, address, 0, User);
        ulong frame = Objects.Make(ObjectType.Page4K);
        ulong value = Value;
        Window.Fill(frame, 0, (byte*)&value, sizeof(ulong));
        stage.Of(Actor.First).Space.Map(frame, address, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        Resume(stage);
        return told && stage.Runs(Actor.First) && stage.Of(Actor.First).Page->Badge == Value;
    }

    private static bool ReadOnlyPage(in Stage stage)
    {
        Prepare(stage);
        ulong address = NextPage(), frame = Objects.Make(ObjectType.Page4K);
        ref ChildTask first = ref stage.Of(Actor.First);
        first.Space.Map(frame, address, CapRights.Read, X86VMAttributes.ExecuteNever);
        first.Command(WorkerCommand.Write, address, Value);
        bool told = ToldOfMemory(stage, address, 0, User | Write | Present);
        first.Space.Map(frame, address, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        Resume(stage);
        bool resumed = stage.Runs(Actor.First);
        first.Command(WorkerCommand.Read, address);
        return told && resumed && first.Page->Badge == Value;
    }

    private static bool DataPage(in Stage stage)
    {
        Prepare(stage);
        ulong address = NextPage();
        stage.Of(Actor.First).Space.MapNew(address);
        stage.Of(Actor.First).Command(WorkerCommand.Run, address);
        return ToldOfMemory(stage, address, 1, User | Fetch | Present);
    }

    private static bool Undefined(in Stage stage, in CodePage code)
    {
        Prepare(stage);
        code.Write([0x0F, 0x0B, 0xC3]); // ud2; ret
        stage.Of(Actor.First).Command(WorkerCommand.Run, CodePage.Address);
        bool told = ToldOfException(stage, UndefinedInstruction) && stage.Waits(Actor.First);
        Words words = stage.Of(Actor.Second).Page->Got;
        bool where = words.Word0 == CodePage.Address;
        words.Word0 += 2;
        stage.Of(Actor.Second).Trap(Syscall.Reply, 0, new MessageInfo(0, 0, 0, 3), words);
        return told && where && stage.Runs(Actor.First);
    }

    private static bool Exception(in Stage stage, in CodePage code, ReadOnlySpan<byte> instructions, ulong vector)
    {
        Prepare(stage);
        code.Write(instructions);
        stage.Of(Actor.First).Command(WorkerCommand.Run, CodePage.Address);
        return ToldOfException(stage, vector) && stage.Waits(Actor.First);
    }

    private static bool Refused(in Stage stage, in CodePage code)
    {
        bool told = Exception(stage, code, [0x0F, 0x0B], UndefinedInstruction);
        stage.Of(Actor.Second).Trap(Syscall.Reply, 0, new MessageInfo(1, 0, 0, 0));
        return told && stage.Runs(Actor.Second) && stage.Waits(Actor.First);
    }

    private static bool Unknown(in Stage stage, in CodePage code)
    {
        const ulong Number = 0x1234;
        const ulong Trap = CodePage.Address + 5;
        Prepare(stage);
        code.Write([0xBA, 0x34, 0x12, 0x00, 0x00, 0x0F, 0x05, 0xC3]); // mov edx, 0x1234; syscall; ret
        stage.Of(Actor.First).Command(WorkerCommand.Run, CodePage.Address);
        ref ChildTask handler = ref stage.Of(Actor.Second);
        ulong* message = handler.Buffer->Message;
        bool told = Told(stage, FaultType.UnknownSyscall) && message[UnknownNumber] == Number && message[UnknownIP] == Trap
            && handler.Page->Got.Word3 == Number;
        message[UnknownIP] = Trap + 2;
        handler.Trap(Syscall.Reply, 0, new MessageInfo(0, 0, 0, UnknownReplyLength), handler.Page->Got);
        return told && stage.Runs(Actor.First);
    }

    private static bool MissingCapability(in Stage stage)
    {
        Prepare(stage);
        ref ChildTask first = ref stage.Of(Actor.First);
        first.TakeAway(Empty);
        first.Trap(Syscall.Recv, Empty);
        bool told = ToldOfCapability(stage, Empty, isReceiving: 1, LookupFailureType.MissingCapability);
        first.Grant(stage.Endpoint, Empty, CapRights.All);
        Resume(stage);
        bool waits = stage.Waits(Actor.First);
        SeL4.NBSendWithMRs(stage.Endpoint, default);
        return told && waits && stage.Runs(Actor.First);
    }

    private static bool WrongAddress(in Stage stage)
    {
        const ulong Address = 1UL << 40;
        Prepare(stage);
        stage.Of(Actor.First).Trap(Syscall.Send, Address);
        bool told = ToldOfCapability(stage, Address, isReceiving: 0, LookupFailureType.GuardMismatch);
        stage.ReplyAndReceive(Actor.Second);
        return told && ToldOfCapability(stage, Address, isReceiving: 0, LookupFailureType.GuardMismatch);
    }

    private static bool NoHandler(in Stage stage)
    {
        stage.Reset();
        stage.Of(Actor.First).TakeAway(TaskLayout.FaultSlot);
        stage.Of(Actor.First).Command(WorkerCommand.Read, NextPage());
        stage.Receive(Actor.Second);
        stage.Send(Actor.Third);
        return stage.Waits(Actor.First) && stage.GotMessage(Actor.Second, Actor.Third);
    }

    /// <summary>Makes the row's endpoint the first worker's fault handler, at which the second waits.</summary>
    public static void Prepare(in Stage stage)
    {
        stage.Reset();
        stage.Of(Actor.First).TakeAway(TaskLayout.FaultSlot);
        stage.Of(Actor.First).Grant(stage.Endpoint, TaskLayout.FaultSlot, CapRights.All, Badge);
        stage.Receive(Actor.Second);
    }

    private static void Resume(in Stage stage) => stage.Of(Actor.Second).Trap(Syscall.Reply, 0);

    private static bool Told(in Stage stage, FaultType fault)
    {
        CommandPage* page = stage.Of(Actor.Second).Page;
        return stage.Runs(Actor.Second) && page->Badge == Badge && page->Received.Label == (ulong)fault;
    }

    /// <summary>Tells whether the handler was told that the first worker's access to memory failed.</summary>
    public static bool ToldOfMemory(in Stage stage, ulong address, ulong isFetch, ulong code)
    {
        Words words = stage.Of(Actor.Second).Page->Got;
        return Told(stage, FaultType.VMFault) && stage.Waits(Actor.First)
            && words.Word1 == address && words.Word2 == isFetch && words.Word3 == code;
    }

    private static bool ToldOfCapability(in Stage stage, ulong address, ulong isReceiving, LookupFailureType lookup)
    {
        Words words = stage.Of(Actor.Second).Page->Got;
        return Told(stage, FaultType.CapFault) && stage.Waits(Actor.First)
            && words.Word1 == address && words.Word2 == isReceiving && words.Word3 == (ulong)lookup;
    }

    /// <summary>Tells whether the handler was told that an instruction of the first worker's raised an exception.</summary>
    public static bool ToldOfException(in Stage stage, ulong vector) =>
        Told(stage, FaultType.UserException) && stage.Of(Actor.Second).Page->Got.Word3 == vector;

    private static ulong NextPage() => _page += 1UL << Limits.PageBits;
}
