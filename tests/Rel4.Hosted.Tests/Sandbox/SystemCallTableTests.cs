using System.Globalization;
using System.Text.RegularExpressions;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Sandbox;
using static Rel4.Hosted.Linux.SystemCallNumber;

namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Does the filter do what its table says, and is the table whole?</summary>
public sealed partial class SystemCallTableTests
{
    private const string KernelsList = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h";
    private const uint Process = 4711;
    private const ulong StartKey = 0x8123_4567_89AB_CDEF;

    /// <summary>What Linux 6.18 has beyond the list that Debian 12 has (<c>syscall_64.tbl</c>).</summary>
    private const string Newer = """
        uretprobe 335, uprobe 336, cachestat 451, fchmodat2 452, map_shadow_stack 453, futex_wake 454, futex_wait 455, futex_requeue 456,
        statmount 457, listmount 458, lsm_get_self_attr 459, lsm_set_self_attr 460, lsm_list_modules 461, mseal 462, setxattrat 463,
        getxattrat 464, listxattrat 465, removexattrat 466, open_tree_attr 467, file_getattr 468, file_setattr 469
        """;

    public static TheoryData<SocketAccess, bool> Policies =>
    [
        .. Enumerable.Range(0, 4).SelectMany(sockets => new[] { true, false }.Select(own => ((SocketAccess)sockets, own))),
    ];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Table_OfAPolicy_HasEachCallOnceWithAReason(SocketAccess sockets, bool hasOwnUser)
    {
        SystemCallRule[] table = [.. Table(sockets, hasOwnUser)];

        Assert.Equal(Enum.GetValues<SystemCallNumber>(), table.SelectMany(rule => rule.Calls).Order());
        Assert.DoesNotContain(table, rule => string.IsNullOrWhiteSpace(rule.Reason));
    }

    [Fact]
    public void Calls_OfTheTable_AreAllThatLinux618Has()
    {
        int[] numbers = [.. Enumerable.Range(0, 337), .. Enumerable.Range(424, 46)];

        Assert.Equal(numbers, Enum.GetValues<SystemCallNumber>().Select(call => (int)call));
        foreach (string[] entry in Newer.Split(',', StringSplitOptions.TrimEntries).Select(entry => entry.Split(' ')))
            Assert.Equal(entry[0], ((SystemCallNumber)int.Parse(entry[1], CultureInfo.InvariantCulture)).ToString());
    }

    [Fact]
    public void Calls_OfTheTable_HaveTheKernelsOwnNames()
    {
        Assert.SkipUnless(File.Exists(KernelsList), "The kernel's headers (linux-libc-dev) are not installed.");
        (string, int)[] listed =
        [
            .. Definition().Matches(File.ReadAllText(KernelsList))
                .Select(match => (match.Groups[1].Value, int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)))
                .Where(call => call.Item2 <= (int)file_setattr),
        ];

        Assert.True(listed.Length > 350);
        Assert.All(listed, call => Assert.Equal(call.Item1, ((SystemCallNumber)call.Item2).ToString()));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Filter_OfAPolicy_DoesWhatTheTableSays(SocketAccess sockets, bool hasOwnUser)
    {
        Dictionary<SystemCallNumber, FilterVerdict> table = Table(sockets, hasOwnUser)
            .SelectMany(rule => rule.Calls.Select(call => (call, rule.Verdict))).ToDictionary();
        var filter = new SeccompProgram(Table(sockets, hasOwnUser));
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);

        foreach (SystemCallNumber call in Enum.GetValues<SystemCallNumber>())
        {
            foreach (ulong[] arguments in ArgumentsFor(table[call], random))
            {
                uint expected = Expect(table[call], arguments);
                uint actual = FilterMachine.Run(filter, (uint)call, arguments, Process);
                Assert.True(expected == actual, $"{call}({string.Join(", ", arguments)}): {actual:x}, but the table says {expected:x}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Call_ThatTheTableDoesNotHave_IsRefused(SocketAccess sockets, bool hasOwnUser)
    {
        var filter = new SeccompProgram(Table(sockets, hasOwnUser));
        ulong[] none = new ulong[6];

        // Between the two parts, and behind: 512 to 547 were once the x32 interface's.
        foreach (uint number in (uint[])[337, 400, 423, 470, 471, 500, 512, 520, 547, 548, 1000, 0x3FFF_FFFF])
            Assert.Equal(FilterMachine.Fail | (uint)LinuxError.ENOSYS, FilterMachine.Run(filter, number, none));
        foreach (SystemCallNumber call in Enum.GetValues<SystemCallNumber>())
        {
            Assert.Equal(FilterMachine.Fail | (uint)LinuxError.EPERM, FilterMachine.Run(filter, 0x4000_0000 | (uint)call, none));
            Assert.Equal(FilterMachine.KillProcess, FilterMachine.Run(filter, (uint)call, none, architecture: FilterMachine.I386));
        }

        Assert.Equal(FilterMachine.Fail | (uint)LinuxError.EPERM, FilterMachine.Run(filter, uint.MaxValue, none));
    }

    [Theory]
    [InlineData(nameof(kill), true, Process, 9)]
    [InlineData(nameof(kill), false, 1, 9)]
    [InlineData(nameof(kill), false, 0, 9)]
    [InlineData(nameof(kill), false, ulong.MaxValue, 9)]
    [InlineData(nameof(tgkill), false, 1, 1)]
    [InlineData(nameof(execve), true, 1, 2, 3, 0x89AB_CDEF, 0x8123_4567)]
    [InlineData(nameof(execve), false, 1, 2, 3, 0x89AB_CDEF, 0)]
    [InlineData(nameof(execve), false, 1, 2, 3, 0, 0x8123_4567)]
    [InlineData(nameof(setpriority), true, 0, 0)]
    [InlineData(nameof(setpriority), false, 2, 0)] // PRIO_USER
    [InlineData(nameof(ioprio_set), false, 3, 0)] // IOPRIO_WHO_USER
    [InlineData(nameof(sched_setscheduler), false, 0, 1)] // SCHED_FIFO
    [InlineData(nameof(fcntl), false, 3, 5)] // F_GETLK
    [InlineData(nameof(fcntl), false, 3, 6)] // F_SETLK
    [InlineData(nameof(fcntl), false, 3, 7)] // F_SETLKW
    [InlineData(nameof(fcntl), false, 3, 36)] // F_OFD_GETLK
    [InlineData(nameof(fcntl), false, 3, 37)] // F_OFD_SETLK
    [InlineData(nameof(fcntl), false, 3, 38)] // F_OFD_SETLKW
    [InlineData(nameof(fcntl), true, 3, 1030)] // F_DUPFD_CLOEXEC
    [InlineData(nameof(fcntl), false, 3, 1024)] // F_SETLEASE
    [InlineData(nameof(fcntl), false, 3, 1026)] // F_NOTIFY
    [InlineData(nameof(fcntl), false, 3, 8)] // F_SETOWN
    [InlineData(nameof(ioctl), false, 3, 0x8901)] // FIOSETOWN
    [InlineData(nameof(ioctl), false, 3, 0x4008_6602)] // FS_IOC_SETFLAGS
    [InlineData(nameof(futex), true, 0, 0x80)]
    [InlineData(nameof(futex), true, 0, 1)]
    [InlineData(nameof(futex), false, 0, 3)] // FUTEX_REQUEUE of others' waiters
    [InlineData(nameof(futex), true, 0, 0x83)]
    [InlineData(nameof(futex), false, 0, 0x86)] // FUTEX_LOCK_PI
    [InlineData(nameof(membarrier), false, 1, 0)] // MEMBARRIER_CMD_GLOBAL
    [InlineData(nameof(prctl), true, 4, 0)]
    [InlineData(nameof(prctl), false, 4, 1)] // dumpable again
    [InlineData(nameof(clone), false, 0x11, 0)]
    [InlineData(nameof(memfd_create), false, 0, 4)] // MFD_HUGETLB
    [InlineData(nameof(socketpair), true, 1, 1)]
    [InlineData(nameof(socketpair), false, 30, 1)] // AF_TIPC
    [InlineData(nameof(setsockopt), false, 3, 1, 26)] // SO_ATTACH_FILTER
    [InlineData(nameof(setsockopt), true, 3, 6, 26)]
    public void Arguments_OfACall_DecideAsTheManualNamesThem(string call, bool isAllowed, params object[] values)
    {
        var filter = new SeccompProgram(Table(SocketAccess.None, hasOwnUser: false));
        ulong[] arguments = [.. values.Select(value => Convert.ToUInt64(value, CultureInfo.InvariantCulture))];

        uint result = FilterMachine.Run(filter, (uint)Enum.Parse<SystemCallNumber>(call), [.. arguments, .. new ulong[6 - arguments.Length]], Process);

        Assert.Equal(isAllowed ? FilterMachine.Allow : FilterMachine.Fail | (uint)LinuxError.EPERM, result);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Table_OfATaskThatIsOpenToDebuggers_DiffersInThese(bool hasOwnUser)
    {
        SystemCallNumber[] lifted = hasOwnUser ? [prctl, bind] : [prctl, fchmod, bind];
        UserOwnership user = hasOwnUser ? UserOwnership.OwnedByTask : UserOwnership.SharedWithCaller;
        SeccompProgram closed = new(SystemCallTable.For(SocketAccess.None, user, StartKey)), open = new(SystemCallTable.For(SocketAccess.None, user, StartKey, isDebugged: true));
        ulong[] arguments = [(ulong)ProcessControl.SetTracer, ulong.MaxValue, 0, 0, 0, 0];

        Assert.Equal(
            [.. lifted.Append(connect).Order()],
            Enum.GetValues<SystemCallNumber>().Where(call => FilterMachine.Run(closed, (uint)call, arguments, Process) != FilterMachine.Run(open, (uint)call, arguments, Process)));
        Assert.All(lifted, call => Assert.Equal(FilterMachine.Allow, FilterMachine.Run(open, (uint)call, arguments, Process)));
        Assert.Equal(FilterMachine.Fail | (uint)LinuxError.EPERM, FilterMachine.Run(open, (uint)connect, arguments, Process));
    }

    [Theory]
    [InlineData("network")]
    [InlineData("work")]
    public void Calls_OfADotNetProgram_AreAllowed(string verb)
    {
        using var files = new ProbeFiles();
        var filter = new SeccompProgram(Table(SocketAccess.Internet, hasOwnUser: true));
        // .NET goes on without these: locks on files, sockets to a cache of names that few machines have, and telling a thread by its number
        // that its policy is the default one. A filter can't see whose thread that is.
        SystemCallNumber[] optional = [clone3, flock, socket, sched_setscheduler];

        (SystemCallNumber Call, ulong[] Arguments)[] seen = [.. SystemCallTrace.Of(files, verb, out int process)];

        Assert.InRange(seen.Select(call => call.Call).Distinct().Count(), 41, int.MaxValue);
        string[] refused =
        [
            .. seen.Where(call => FilterMachine.Run(filter, (uint)call.Call, call.Arguments, (uint)process) != FilterMachine.Allow)
                .Where(call => !optional.Contains(call.Call) || (call.Call == socket && call.Arguments[0] != 1))
                .Select(call => $"{call.Call}({string.Join(", ", call.Arguments.Select(value => value.ToString("x", CultureInfo.InvariantCulture)))})").Distinct(),
        ];
        Assert.Empty(refused);
    }

    private static System.Collections.Immutable.ImmutableArray<SystemCallRule> Table(SocketAccess sockets, bool hasOwnUser) =>
        SystemCallTable.For(sockets, hasOwnUser ? UserOwnership.OwnedByTask : UserOwnership.SharedWithCaller, StartKey);

    /// <summary>Evaluates a row of the table, as it reads.</summary>
    private static uint Expect(FilterVerdict verdict, ulong[] arguments)
    {
        bool isAllowed = verdict switch
        {
            FilterVerdict.Allow => true,
            FilterVerdict.AllowOnItself => (uint)arguments[0] == Process,
            FilterVerdict.AllowIf conditions => conditions.Alternatives.Any(alternative => alternative.All(test =>
                test.Values.Contains((uint)arguments[test.Index] & test.Mask) == (test.Wanted == Membership.One))),
            _ => false,
        };
        return isAllowed ? FilterMachine.Allow : FilterMachine.Fail | (uint)verdict.Error;
    }

    /// <summary>Makes arguments that tests of the row look for, one beside them, and any.</summary>
    private static IEnumerable<ulong[]> ArgumentsFor(FilterVerdict verdict, Random random)
    {
        yield return new ulong[6];
        yield return [.. Enumerable.Repeat(ulong.MaxValue, 6)];
        yield return [Process, 0, 0, 0, 0, 0];
        if (verdict is not FilterVerdict.AllowIf conditions)
            yield break;
        for (int round = 0; round < 300; round++)
        {
            var arguments = new ulong[6];
            foreach (ArgumentTest test in conditions.Alternatives.SelectMany(alternative => alternative).OrderBy(_ => random.Next()))
            {
                arguments[test.Index] = random.Next(4) switch
                {
                    0 => (ulong)random.NextInt64(),
                    1 => test.Values[random.Next(test.Values.Length)] + 1UL,
                    _ => test.Values[random.Next(test.Values.Length)] | (~test.Mask & (uint)random.Next()),
                };
            }

            yield return arguments;
        }
    }

    [GeneratedRegex(@"#define __NR_(\w+) (\d+)")]
    private static partial Regex Definition();
}
