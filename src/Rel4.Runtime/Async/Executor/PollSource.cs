namespace Rel4.Runtime;

/// <summary>Is something that an executor polls while it is hot, and that rings a doorbell of the executor while it is cold.</summary>
/// <remarks>
/// All members run on the executor's thread. A source is made hot by <see cref="Executor.Heat"/>: by itself, or by the executor when a
/// doorbell rings that it is bound to (<see cref="Executor.BindDoorbell"/>).
/// </remarks>
internal abstract class PollSource
{
    /// <summary>Place in the executor's array of hot sources; −1 while cold.</summary>
    internal int HotIndex = -1;

    /// <summary>Whether the executor has this source in its array of written sources.</summary>
    internal bool IsWritten;

    /// <summary>The executor's turn in which <see cref="Poll"/> last found something.</summary>
    internal long LastWorkTurn;

    /// <summary>The next source bound to the same doorbell.</summary>
    internal PollSource? NextOnDoorbell;

    /// <summary>Shows the peer that its doorbell isn't needed: this source is polled from now on.</summary>
    /// <param name="processor">The processor of the executor's thread.</param>
    /// <param name="isSpinning">Whether the executor has had nothing else to do for a while.</param>
    internal virtual void ShowAwake(int processor, bool isSpinning)
    {
    }

    /// <summary>Tells whether the peer shows itself awake on another processor.</summary>
    /// <param name="processor">The processor of the executor's thread.</param>
    /// <param name="countsIdle">Whether it counts if it only spins, or was rung for and is on its way.</param>
    internal virtual bool IsPeerAwake(int processor, bool countsIdle) => false;

    /// <summary>Looks whether the peer has published anything, and acts on a bounded part of it.</summary>
    /// <returns>Whether there was anything.</returns>
    internal abstract bool Poll();

    /// <summary>Ends what was written since <see cref="Executor.MarkWritten"/>.</summary>
    internal virtual void Publish()
    {
    }

    /// <summary>Looks at the peer's status and rings its doorbell if it is parked.</summary>
    /// <remarks>The executor has put one full fence between <see cref="Publish"/> of all written sources and this.</remarks>
    internal virtual void NotifyPeer()
    {
    }

    /// <summary>Shows the peer that its doorbell is needed from now on, fences, and looks once more.</summary>
    /// <returns>False if that look found something: the source shows itself attentive again and stays hot.</returns>
    internal virtual bool TryGoCold() => true;
}
