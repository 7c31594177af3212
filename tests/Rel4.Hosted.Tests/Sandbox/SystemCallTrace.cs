using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Sees which system calls a .NET program makes, by <c>ptrace(2)</c>.</summary>
internal static unsafe partial class SystemCallTrace
{
    private const int Trap = 5, Stop = 19, CallFlag = 0x80;
    private const nint TraceMe = 0, ResumeToNextCall = 24, SetOptions = 0x4200, GetCall = 0x420E;
    private const nint MarkCalls = 1, FollowForks = 2 | 4, FollowThreads = 8;
    private const int AllThreads = 0x4000_0000, ChildrenOfThisThread = 0x2000_0000;

    /// <summary>Runs the probe outside a sandbox.</summary>
    /// <param name="process">Its number.</param>
    /// <returns>The calls it made, from its first instruction on.</returns>
    public static List<(SystemCallNumber Call, ulong[] Arguments)> Of(ProbeFiles files, string verb, out int process)
    {
        List<(SystemCallNumber, ulong[])> calls = [];
        int number = 0;
        Exception? failure = null;
        // Linux reports to the thread that traces.
        var tracer = new Thread(() =>
        {
            try
            {
                number = Trace(files, verb, calls);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        tracer.Start();
        tracer.Join();
        Assert.Null(failure);
        process = number;
        return calls;
    }

    private static int Trace(ProbeFiles files, string verb, List<(SystemCallNumber, ulong[])> calls)
    {
        // Not by .NET's Process: that waits for its children, and so takes away what is reported of a traced one.
        (SafePipeHandle reader, SafePipeHandle writer) = Descriptors.CreatePipe();
        using (reader)
        using (writer)
        using (var program = new SpawnProgram())
        {
            program.Add(SystemCallNumber.ptrace, TraceMe);
            program.Add(SystemCallNumber.dup3, program.Borrow(writer), 1);
            // A child begins with all signals blocked, and the first stop is one.
            program.Add(SystemCallNumber.rt_sigprocmask, Signal.SetMask, program.Store(0UL), 0, Signal.SetSize);
            program.Add(
                SystemCallNumber.execve,
                program.Store(DotnetInstallation.Host),
                program.Store([DotnetInstallation.Host, files.Probe, verb]),
                program.Store(["DOTNET_EnableDiagnostics=0"]));
            (int id, SafeFileHandle descriptor) = program.Run();
            using (descriptor)
                Assert.Equal(0, Follow(id, calls));
            return id;
        }
    }

    /// <summary>Follows a process to its end.</summary>
    /// <returns>How it ended: 0 if it returned 0.</returns>
    private static int Follow(int process, List<(SystemCallNumber, ulong[])> calls)
    {
        int end = -1, status;
        bool isFirst = true;
        for (int thread; (thread = WaitPid(-1, &status, AllThreads | ChildrenOfThisThread)) > 0;)
        {
            if ((status & 0xFF) != 0x7F)
            {
                if (thread == process)
                    end = status;
                continue;
            }

            if (isFirst)
                Request(SetOptions, thread, 0, MarkCalls | FollowForks | FollowThreads);
            isFirst = false;
            int signal = (status >> 8) & 0xFF, reported = status >> 16;
            if (signal == (Trap | CallFlag))
                Record(thread, calls);
            // A new thread begins with a stop.
            Request(ResumeToNextCall, thread, 0, reported == 0 && signal is not (Trap or (Trap | CallFlag) or Stop) ? signal : 0);
        }

        return end;
    }

    private static void Record(int thread, List<(SystemCallNumber, ulong[])> calls)
    {
        Call call;
        Request(GetCall, thread, sizeof(Call), (nint)(&call));
        if (call.Operation == 1) // PTRACE_SYSCALL_INFO_ENTRY
            calls.Add(((SystemCallNumber)call.Number, [.. new ReadOnlySpan<ulong>(call.Arguments, 6)]));
    }

    /// <summary>Asks for something; a thread may have been killed meanwhile.</summary>
    private static void Request(nint request, int thread, nint address, nint data)
    {
        SystemCall.TryInvoke(SystemCallNumber.ptrace, out LinuxError error, request, thread, address, data);
        Assert.True(error is LinuxError.None or LinuxError.ESRCH, string.Create(CultureInfo.InvariantCulture, $"ptrace {request:x}: {error}"));
    }

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitPid(int process, int* status, int options);

    /// <summary>Lays out <c>struct ptrace_syscall_info</c> at the entry of a call.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 88)]
    private struct Call
    {
        [FieldOffset(0)]
        public byte Operation;

        [FieldOffset(24)]
        public ulong Number;

        [FieldOffset(32)]
        public fixed ulong Arguments[6];
    }
}
