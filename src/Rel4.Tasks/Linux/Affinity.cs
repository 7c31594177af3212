using System.Numerics;
using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Says which processors a thread may run on (<c>sched_setaffinity(2)</c>).</summary>
internal static unsafe partial class Affinity
{
    private const int MaxProcessors = 1024;

    /// <summary>Holds a set of processors.</summary>
    internal struct ProcessorSet
    {
        private fixed ulong _words[MaxProcessors / 64];

        /// <summary>Gets how many processors are in the set.</summary>
        public readonly int Count
        {
            get
            {
                int count = 0;
                for (int i = 0; i < MaxProcessors / 64; i++)
                    count += BitOperations.PopCount(_words[i]);
                return count;
            }
        }

        /// <summary>Tells whether a processor is in the set.</summary>
        public readonly bool Contains(int processor) => ((_words[processor / 64] >> (processor % 64)) & 1) != 0;

        /// <summary>Makes the set of one processor.</summary>
        public static ProcessorSet Of(int processor)
        {
            ProcessorSet set = default;
            set._words[processor / 64] |= 1UL << (processor % 64);
            return set;
        }
    }

    /// <summary>Gets what a thread may run on now; 0 names the calling thread.</summary>
    public static ProcessorSet Get(int thread)
    {
        LinuxException.Check(TryGet(thread, out ProcessorSet set) ? 0 : -1, "sched_getaffinity");
        return set;
    }

    /// <summary>Gets what a thread may run on now.</summary>
    /// <returns>False if the thread is gone.</returns>
    public static bool TryGet(int thread, out ProcessorSet set)
    {
        set = default;
        fixed (ProcessorSet* start = &set)
            return SchedGetAffinity(thread, (nuint)sizeof(ProcessorSet), start) >= 0;
    }

    /// <summary>Sets what a thread may run on; 0 names the calling thread.</summary>
    /// <returns>False if the thread is gone or may not be told.</returns>
    public static bool TrySet(int thread, ProcessorSet set) => SchedSetAffinity(thread, (nuint)sizeof(ProcessorSet), &set) == 0;

    /// <summary>Gets the processor that the calling thread runs on.</summary>
    [LibraryImport("libc", EntryPoint = "sched_getcpu")]
    public static partial int CurrentProcessor();

    /// <summary>Gets the calling thread's number.</summary>
    [LibraryImport("libc", EntryPoint = "gettid")]
    public static partial int CurrentThread();

    [LibraryImport("libc", EntryPoint = "sched_getaffinity", SetLastError = true)]
    private static partial int SchedGetAffinity(int thread, nuint size, ProcessorSet* set);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SchedSetAffinity(int thread, nuint size, ProcessorSet* set);
}
