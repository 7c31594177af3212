using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Kernel;

/// <summary>Counts the descriptors that the kernel holds for its objects, and says when there must be no more.</summary>
/// <remarks>
/// Frames that tasks map and threads that they make cost the kernel's process descriptors, so a task with memory of its own could use them all up.
/// Then .NET itself fails in that process, and the supervisor with it. So objects have three quarters of them, and what is only mapped
/// half: whatever tasks map, others can still be started.
/// </remarks>
internal sealed class DescriptorBudget
{
    private readonly int _forMaps;
    private readonly int _forAll;
    private int _used;

    public DescriptorBudget()
    {
        int limit = (int)Math.Min(ResourceLimit.Current(Resource.Descriptors).Soft, int.MaxValue);
        _forMaps = limit / 2;
        _forAll = limit / 4 * 3;
    }

    /// <summary>Takes one; false if there is none left for this.</summary>
    public bool TryTake(DescriptorUse use)
    {
        if (_used >= (use == DescriptorUse.Map ? _forMaps : _forAll))
            return false;
        _used++;
        return true;
    }

    /// <summary>Gives one back.</summary>
    public void Release() => _used--;
}

/// <summary>Names what the kernel needs a descriptor for.</summary>
internal enum DescriptorUse
{
    /// <summary>A frame that a task maps.</summary>
    Map,

    /// <summary>A thread that starts.</summary>
    Thread,
}
