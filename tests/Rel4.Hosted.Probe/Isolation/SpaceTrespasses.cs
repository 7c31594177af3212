using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;
using static Rel4.Hosted.Linux.SystemCallNumber;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Tries to have a say in address spaces and processes that are not the task's.</summary>
internal static unsafe class SpaceTrespasses
{
    private const int JunkMessages = 64;
    private const int GetSeals = 1034, DescriptorLimit = 1024;

    public static Finding UseReadOnlyFrameAsTrapPage()
    {
        ulong thread = Held.MakeThread(Held.CNode, Held.Space, Held.Spare);
        HashSet<int> before = SealableFiles();
        Finding resumed = Finding.Of(SeL4.TCB_Resume(thread));

        // The reader of the socket gets this frame after the trap page, if that was sent.
        int fence = FrameFiles.MapNewFrame();
        foreach (int file in SealableFiles().Except(before).Where(file => file != fence))
        {
            FrameFiles.Map(file, TrapPage.Size, FrameFiles.ReadWrite, out LinuxError error);
            if (error == LinuxError.None)
                return Finding.Success("mapped it writable");
        }

        return resumed.Succeeded ? Finding.Refused("the thread was not started") : resumed;
    }

    public static Finding MapIntoAnother()
    {
        ulong space = Held.IsOwner ? Held.Space : Held.Make(ObjectType.Pml4);
        return Finding.Of(SeL4.X86_Page_Map(Held.Page, space, 0, CapRights.ReadWrite, X86VMAttributes.WriteBack));
    }

    public static Finding AttachToUngranted()
    {
        SendProcess(OwnSocket(), OpenProcess(Environment.ProcessId));
        Finding own = Finding.Of(Attach(Held.Space));
        if (own.Succeeded)
            return own;
        SendProcess(OwnSocket(), OpenProcess(Environment.ProcessId));
        Finding finding = Held.TryUngranted(Held.Make(ObjectType.Pml4), Attach);

        // The kernel takes the message when it looks at an address space, if only to refuse.
        _ = Attach(Held.Space);
        return finding;
    }

    public static Finding AttachWhatIsNoProcess()
    {
        (int First, int Second)[] pairs =
        [
            (Descriptors.TryCreateEvent(), Descriptors.TryCreateEvent()),
            (OwnSocket(), Descriptors.TryCreateEvent()),
            (OwnSocket(), FrameFiles.Page),
            (OwnSocket(), Epoll.TryCreate()),
            (OwnSocket(), OwnSocket()),
            (FrameFiles.Page, OpenProcess(Environment.ProcessId)),
            .. Held.IsOwner ? [(OwnSocket(), OpenProcess(Environment.ProcessId))] : Array.Empty<(int, int)>(),
        ];
        ulong space = Held.Make(ObjectType.Pml4);
        foreach ((int first, int second) in pairs)
        {
            SendProcess(first, second);
            if (Attach(space) == SeL4Error.NoError)
                return Finding.Success($"descriptors {first} and {second}");
        }

        return Finding.Refused($"{pairs.Length} refusals");
    }

    /// <summary>Makes another process the content of an own address space, and deletes that.</summary>
    public static Finding Kill(Victim.Answer victim)
    {
        ulong space = Held.Make(ObjectType.Pml4);
        int process = OpenProcess(victim.Process);
        SendProcess(OwnSocket(), process);
        SeL4Error attached = Attach(space);
        TaskContext.CNode.Delete(space);
        using var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(process, ownsHandle: true);
        return ProcessDescriptor.WaitForEnd(handle, TimeSpan.FromMilliseconds(200))
            ? Finding.Success("killed the victim")
            : Finding.Refused($"the victim lives ({attached})");
    }

    public static Finding SendJunk()
    {
        var random = new Random(2);
        ulong space = Held.Make(ObjectType.Pml4);
        byte* junk = stackalloc byte[TrapPage.Size];
        for (int i = 0; i < JunkMessages; i++)
        {
            random.NextBytes(new Span<byte>(junk, TrapPage.Size));
            SystemCall.TryInvoke(write, out _, CurrentTask.SocketNumber, (nint)junk, random.Next(1, TrapPage.Size));
            int[] descriptors = [.. Enumerable.Repeat(CurrentTask.SocketNumber, random.Next(5))];
            DescriptorSocket.TrySend(CurrentTask.SocketNumber, new TaskMessage { Kind = (TaskMessageKind)random.Next(8) }, descriptors);
            for (int message = 0; message < 2; message++)
                _ = Attach(space);
        }

        return Held.LookForHarm();
    }

    /// <summary>Opens a process; everybody may open every process.</summary>
    public static int OpenProcess(int process) => (int)SystemCall.Invoke(pidfd_open, process);

    /// <summary>Sends the kernel what makes a process the content of an address space.</summary>
    public static void SendProcess(int socket, int process) => CurrentTask.Connection.SendProcess(socket, process);

    /// <summary>Asks the kernel to take what was sent.</summary>
    public static SeL4Error Attach(ulong space) =>
        (SeL4Error)SeL4.Call(space, new MessageInfo((ulong)HostedLabel.VSpaceAttach, 0, 0, 0)).Label;

    private static int OwnSocket() => DescriptorSocket.CreatePair().First;

    /// <summary>Finds the descriptors that are files in memory.</summary>
    private static HashSet<int> SealableFiles()
    {
        var files = new HashSet<int>();
        for (int descriptor = 0; descriptor < DescriptorLimit; descriptor++)
        {
            SystemCall.TryInvoke(fcntl, out LinuxError error, descriptor, GetSeals);
            if (error == LinuxError.None)
                files.Add(descriptor);
        }

        return files;
    }
}
