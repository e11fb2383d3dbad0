print("evolcano")
