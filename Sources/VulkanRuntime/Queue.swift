import CVulkan
import Synchronization

/// The compute queue and its timeline: every submission signals the next value of one semaphore, and a wait names the
/// value it waits for.
final class Queue: Sendable {
  private let logical: LogicalDevice
  // The semaphore is immutable; the queue needs external synchronisation and is used under the lock only.
  nonisolated(unsafe) private let raw: VkQueue
  private let state = Mutex(State())

  private struct State {
    /// Made at the first submission: a driver that compiles without hardware has queues but no semaphores.
    var timeline: Timeline?
    var last: UInt64 = 0
  }

  private final class Timeline: Sendable {
    nonisolated(unsafe) let semaphore: VkSemaphore
    private let logical: LogicalDevice

    init(_ logical: LogicalDevice) throws(VulkanError) {
      var semaphore: VkSemaphore?
      let kind = VkSemaphoreTypeCreateInfo.make { $0.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE }
      let result = withUnsafePointer(to: kind) { kind in
        var info = VkSemaphoreCreateInfo.make { $0.pNext = UnsafeRawPointer(kind) }
        return vkCreateSemaphore(logical.handle, &info, nil, &semaphore)
      }
      try check(result, "vkCreateSemaphore")
      self.semaphore = semaphore!
      self.logical = logical
    }

    deinit {
      // Nothing may be destroyed under running work: the last owner of the queue waits for it here.
      vkDeviceWaitIdle(logical.handle)
      vkDestroySemaphore(logical.handle, semaphore, nil)
    }
  }

  init(_ logical: LogicalDevice, family: UInt32) throws(VulkanError) {
    var queue: VkQueue?
    vkGetDeviceQueue(logical.handle, family, 0, &queue)
    raw = queue!  // a family that the device was created with always has its queue 0
    self.logical = logical
  }

  /// Queues `commands` in order, each a submission of its own so that a watchdog sees short jobs, without waiting.
  /// - Returns: the timeline value that is reached when all have finished.
  func submit(_ commands: [VkCommandBuffer]) throws(VulkanError) -> UInt64 {
    try state.withLock { (state) throws(VulkanError) in
      let timeline = if let known = state.timeline { known } else { try Timeline(logical) }
      state.timeline = timeline
      for command in commands {
        try submitOne(command, signalling: state.last + 1, of: timeline)
        state.last += 1
      }
      return state.last
    }
  }

  private func submitOne(
    _ command: VkCommandBuffer, signalling value: UInt64, of timeline: Timeline
  ) throws(VulkanError) {
    var (command, value, semaphore): (VkCommandBuffer?, UInt64, VkSemaphore?) = (command, value, timeline.semaphore)
    let result = withUnsafePointer(to: &value) { value in
      let timelineInfo = VkTimelineSemaphoreSubmitInfo.make {
        $0.signalSemaphoreValueCount = 1
        $0.pSignalSemaphoreValues = value
      }
      return withUnsafePointer(to: timelineInfo) { timelineInfo in
        withUnsafePointer(to: &command) { command in
          withUnsafePointer(to: &semaphore) { semaphore in
            var info = VkSubmitInfo.make {
              $0.pNext = UnsafeRawPointer(timelineInfo)
              $0.commandBufferCount = 1
              $0.pCommandBuffers = command
              $0.signalSemaphoreCount = 1
              $0.pSignalSemaphores = semaphore
            }
            return vkQueueSubmit(raw, 1, &info, nil)
          }
        }
      }
    }
    try check(result, "vkQueueSubmit")
  }

  /// Blocks until the timeline has reached `value`.
  func wait(for value: UInt64) throws(VulkanError) {
    guard let timeline = state.withLock({ $0.timeline }) else { return }
    var (value, semaphore): (UInt64, VkSemaphore?) = (value, timeline.semaphore)
    let result = withUnsafePointer(to: &value) { value in
      withUnsafePointer(to: &semaphore) { semaphore in
        var info = VkSemaphoreWaitInfo.make {
          $0.semaphoreCount = 1
          $0.pSemaphores = semaphore
          $0.pValues = value
        }
        return vkWaitSemaphores(logical.handle, &info, .max)
      }
    }
    try check(result, "vkWaitSemaphores")
  }

  /// The value that the timeline has reached; what it last was, after the device is lost.
  func reached() -> UInt64 {
    var value: UInt64 = 0
    guard let timeline = state.withLock({ $0.timeline }) else { return value }
    _ = vkGetSemaphoreCounterValue(logical.handle, timeline.semaphore, &value)
    return value
  }
}
