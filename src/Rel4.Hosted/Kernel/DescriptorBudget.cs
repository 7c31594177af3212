using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Kernel;

/// <summary>Counts the descriptors that the kernel holds for its objects, and says when there must be no more.</summary>
/// <remarks>
/// What tasks map, start, attach and register costs the kernel's process descriptors, so a task with memory of its own could use them all up.
/// Then .NET itself fails in that process, and the supervisor with it. So objects have three quarters of them, and what others can be
/// started without has half: whatever tasks do, others can still be started.
/// </remarks>
internal sealed class DescriptorBudget
{
    private readonly int _forExtras;
    private readonly int _forAll;
    private int _used;

    public DescriptorBudget()
    {
        int limit = (int)Math.Min(ResourceLimit.Current(Resource.Descriptors).Soft, int.MaxValue);
        _forExtras = limit / 2;
        _forAll = limit / 4 * 3;
    }

    /// <summary>Gets how many are taken.</summary>
    public int Used => Volatile.Read(ref _used);

    /// <summary>Takes some; false if there are not so many left for this.</summary>
    public bool TryTake(DescriptorUse use, int count = 1)
    {
        if (Used + count > (use == DescriptorUse.Start ? _forAll : _forExtras))
            return false;
        Interlocked.Add(ref _used, count);
        return true;
    }

    /// <summary>Gives some back. May be called from any thread.</summary>
    public void Release(int count = 1) => Interlocked.Add(ref _used, -count);
}

/// <summary>Names what the kernel needs a descriptor for.</summary>
internal enum DescriptorUse
{
    /// <summary>What others can be started without: a frame that is mapped, a receiver, a process that another than the root task attaches.</summary>
    Extra,

    /// <summary>A process or thread that starts.</summary>
    Start,
}
